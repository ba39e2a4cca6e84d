#include "client/cli/size_text.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

namespace proctor::cli {
namespace {

TEST(ParseSizeTextTest, Accepts) {
  const struct {
    const char* text;
    uint64_t bytes;
  } cases[] = {{"0", 0},
               {"4096", 4096},
               {"512B", 512},
               {"64K", 65536},
               {"64KiB", 65536},
               {"10kB", 10000},
               {"10M", 10485760},
               {"10MB", 10000000},
               {"1.5G", 1610612736},
               {"18446744073709551615", std::numeric_limits<uint64_t>::max()}};
  for (const auto& [text, bytes] : cases) {
    const absl::StatusOr<uint64_t> parsed = ParseSizeText(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, bytes) << text;
  }
}

TEST(ParseSizeTextTest, Refuses) {
  for (const std::string text : {"", "M", "-1", "1X", "1 M", "1.2.3K", "99999999P", "10MiBs"}) {
    EXPECT_FALSE(ParseSizeText(text).ok()) << text;
  }
}

TEST(SizeTextTest, BinaryUnits) {
  EXPECT_EQ(SizeText(0), "0 B");
  EXPECT_EQ(SizeText(1023), "1023 B");
  EXPECT_EQ(SizeText(1024), "1 KiB");
  EXPECT_EQ(SizeText(1536), "1.5 KiB");
  EXPECT_EQ(SizeText(1048575), "1 MiB");
  EXPECT_EQ(SizeText(10485760), "10 MiB");
  EXPECT_EQ(SizeText(std::numeric_limits<uint64_t>::max()), "16384 PiB");
}

}  // namespace
}  // namespace proctor::cli
