#include "common/utf8.h"

#include "gtest/gtest.h"

namespace proctor {
namespace {

TEST(Utf8Test, KnowsCharactersByTheirLength) {
  EXPECT_EQ(Utf8CharacterLength("a"), 1u);
  EXPECT_EQ(Utf8CharacterLength("\xC3\xA4z"), 2u);
  EXPECT_EQ(Utf8CharacterLength("\xE2\x82\xAC"), 3u);
  EXPECT_EQ(Utf8CharacterLength("\xF4\x8F\xBF\xBF"), 4u);
  EXPECT_EQ(Utf8CharacterLength(absl::string_view("\0", 1)), 1u);
}

TEST(Utf8Test, RefusesWhatRfc3629Refuses) {
  for (const absl::string_view bytes :
       {"", "\x80", "\xFF", "\xC3", "\xC0\xAF", "\xC1\xBF", "\xE0\x9F\xBF", "\xED\xA0\x80",
        "\xF0\x8F\xBF\xBF", "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xE2\x82", "\xE2\x82z"}) {
    EXPECT_EQ(Utf8CharacterLength(bytes), 0u) << bytes;
  }
}

TEST(Utf8Test, TextIsUtf8WhenAllOfItIs) {
  EXPECT_TRUE(IsUtf8(""));
  EXPECT_TRUE(IsUtf8("gr\xC3\xBC\xC3\x9F"));
  EXPECT_FALSE(IsUtf8("gr\xFC\xDF"));
}

TEST(Utf8Test, OnlyWhatIsNoCharacterIsEscaped) {
  EXPECT_EQ(EscapeInvalidUtf8("a\xFF\xC3\xBC\xC3"), "a\\xff\xC3\xBC\\xc3");
  EXPECT_EQ(EscapeInvalidUtf8("\xED\xA0\x80"), "\\xed\\xa0\\x80");
  EXPECT_EQ(EscapeInvalidUtf8(""), "");
}

}  // namespace
}  // namespace proctor
