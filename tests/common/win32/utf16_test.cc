#include "common/win32/utf16.h"

#include <gtest/gtest.h>

namespace proctor {
namespace {

TEST(Utf16Test, GoesThereAndBack) {
  for (const std::string text : {"", "plain", "\xc3\xa4\xe2\x82\xac", "\xf0\x9f\x98\x80"}) {
    EXPECT_EQ(FromUtf16(*ToUtf16(text)), text);
  }
  EXPECT_EQ(ToUtf16("\xf0\x9f\x98\x80")->size(), 2u);
}

TEST(Utf16Test, WhatIsNotUtf8IsRefused) {
  for (const char* text : {"\xff", "\xc3", "\xed\xa0\x80"}) {
    EXPECT_EQ(ToUtf16(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(Utf16Test, ALoneSurrogateIsReplaced) {
  const wchar_t lone[] = {0xd83d, 0};
  EXPECT_EQ(FromUtf16(lone), "\xef\xbf\xbd");
}

}  // namespace
}  // namespace proctor
