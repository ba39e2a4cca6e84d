#include "common/hex_bytes.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace proctor {
namespace {

TEST(BytesOfHexTest, TwoDigitsAreAByteInEitherCase) {
  EXPECT_EQ(BytesOfHex("00ff7Fa0").value(), std::string("\x00\xff\x7f\xa0", 4));
  EXPECT_EQ(BytesOfHex("").value(), "");
}

TEST(BytesOfHexTest, WhatIsNoPairOfDigitsIsRefused) {
  for (const absl::string_view text : {"0", "abc", "0x", "g0", " 0", "+1", "-1", "a\n"}) {
    EXPECT_TRUE(absl::IsInvalidArgument(BytesOfHex(text).status())) << text;
  }
}

}  // namespace
}  // namespace proctor
