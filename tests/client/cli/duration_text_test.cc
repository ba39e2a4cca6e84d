#include "client/cli/duration_text.h"

#include <gtest/gtest.h>

#include <string>

namespace proctor::cli {
namespace {

TEST(ParseDurationTextTest, Accepts) {
  const struct {
    const char* text;
    absl::Duration duration;
  } cases[] = {
      {"0", absl::ZeroDuration()}, {"90", absl::Seconds(90)},    {"1.5", absl::Milliseconds(1500)},
      {"30s", absl::Seconds(30)},  {"1m30s", absl::Seconds(90)}, {"500ms", absl::Milliseconds(500)},
      {"2h", absl::Hours(2)},      {"1.5h", absl::Minutes(90)},  {"2d", absl::Hours(48)}};
  for (const auto& [text, duration] : cases) {
    const absl::StatusOr<absl::Duration> parsed = ParseDurationText(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, duration) << text;
  }
}

TEST(ParseDurationTextTest, Refuses) {
  for (const std::string text :
       {"", "x", "-1", "-5s", "5 s", "inf", "nan", "infd", "10y", "d", "1e300", "99999999d"}) {
    EXPECT_EQ(ParseDurationText(text).status().code(), absl::StatusCode::kInvalidArgument) << text;
  }
}

TEST(DurationTextTest, ThreeDigitsThatMatter) {
  EXPECT_EQ(DurationText(absl::ZeroDuration()), "0s");
  EXPECT_EQ(DurationText(absl::Nanoseconds(850)), "850ns");
  EXPECT_EQ(DurationText(absl::Nanoseconds(12345)), "12.3us");
  EXPECT_EQ(DurationText(absl::Microseconds(4560)), "4.56ms");
  EXPECT_EQ(DurationText(absl::Microseconds(999)), "999us");
  EXPECT_EQ(DurationText(absl::Nanoseconds(999999)), "1ms");
  EXPECT_EQ(DurationText(absl::Milliseconds(1200)), "1.2s");
  EXPECT_EQ(DurationText(absl::Milliseconds(59949)), "59.9s");
  EXPECT_EQ(DurationText(absl::Milliseconds(59960)), "1m00s");
  EXPECT_EQ(DurationText(absl::Seconds(125)), "2m05s");
  EXPECT_EQ(DurationText(absl::Minutes(187)), "3h07m");
  EXPECT_EQ(DurationText(absl::Hours(98)), "4d02h");
  EXPECT_EQ(DurationText(-absl::Seconds(2)), "-2s");
}

TEST(AgeTextTest, ForPeople) {
  const absl::Time now = absl::FromUnixSeconds(1000000000);
  EXPECT_EQ(AgeText(now, now), "just now");
  EXPECT_EQ(AgeText(now - absl::Seconds(5), now), "5s ago");
  EXPECT_EQ(AgeText(now - absl::Seconds(200), now), "3m ago");
  EXPECT_EQ(AgeText(now - absl::Hours(47), now), "47h ago");
  EXPECT_EQ(AgeText(now - absl::Hours(49), now), "2d ago");
  EXPECT_EQ(AgeText(now + absl::Minutes(5), now), "in 5m");
}

}  // namespace
}  // namespace proctor::cli
