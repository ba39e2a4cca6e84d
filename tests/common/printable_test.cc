#include "common/printable.h"

#include <gtest/gtest.h>

namespace proctor {
namespace {

TEST(PrintableTest, TextStaysAsItIs) {
  EXPECT_EQ(Printable("make -j8 all"), "make -j8 all");
  EXPECT_EQ(Printable("größe 日本 🚀"), "größe 日本 🚀");
  EXPECT_EQ(Printable(""), "");
}

TEST(PrintableTest, ControlCharactersAreEscaped) {
  EXPECT_EQ(Printable("a\nb\tc\x1b[2J\x7f"), "a\\nb\\tc\\x1b[2J\\x7f");
  EXPECT_EQ(Printable(absl::string_view("a\0b", 3)), "a\\x00b");
}

// CSI as one character: what a terminal takes for ESC [.
TEST(PrintableTest, C1ControlsAreEscaped) {
  EXPECT_EQ(Printable("\xC2\x80\xC2\x9B"
                      "31m\xC2\x9F"),
            "\\x80\\x9b31m\\x9f");
  EXPECT_EQ(Printable("\xC2\xA0"), "\xC2\xA0");
}

TEST(PrintableTest, ControlsOfBidirectionalTextAreEscaped) {
  EXPECT_EQ(Printable("\u061C\u200E\u200F"), "\\u061c\\u200e\\u200f");
  EXPECT_EQ(Printable("\u202A\u202B\u202C\u202D\u202E"), "\\u202a\\u202b\\u202c\\u202d\\u202e");
  EXPECT_EQ(Printable("\u2066\u2067\u2068\u2069"), "\\u2066\\u2067\\u2068\\u2069");
  EXPECT_EQ(Printable("\u200D"), "\u200D");  // A joiner only.
}

TEST(PrintableTest, SeparatorsOfLinesAndParagraphsAreEscaped) {
  EXPECT_EQ(Printable("a\u2028b\u2029c"), "a\\u2028b\\u2029c");
}

TEST(PrintableTest, WhatIsNotUtf8IsEscapedByteByByte) {
  EXPECT_EQ(Printable("a\xFF z"), "a\\xff z");
  EXPECT_EQ(Printable("\xE2\x80"), "\\xe2\\x80");                    // Cut off.
  EXPECT_EQ(Printable("\xC0\x8A"), "\\xc0\\x8a");                    // Overlong line feed.
  EXPECT_EQ(Printable("\xE0\x82\x9B"), "\\xe0\\x82\\x9b");           // Overlong U+009B.
  EXPECT_EQ(Printable("\xED\xA0\x80"), "\\xed\\xa0\\x80");           // A surrogate.
  EXPECT_EQ(Printable("\xF4\x90\x80\x80"), "\\xf4\\x90\\x80\\x80");  // Beyond U+10FFFF.
}

}  // namespace
}  // namespace proctor
