#include "client/retry_schedule.h"

#include <gtest/gtest.h>

namespace proctor {
namespace {

constexpr absl::Duration kWindow = absl::Seconds(10);

RetryPolicy Policy() {
  RetryPolicy policy;
  policy.initial_backoff = absl::Milliseconds(100);
  policy.max_backoff = absl::Milliseconds(350);
  return policy;
}

TEST(RetryScheduleTest, PausesDoubleUpToTheBound) {
  RetrySchedule schedule(Policy(), absl::ZeroDuration());
  EXPECT_EQ(schedule.NextPause(absl::ZeroDuration(), kWindow, 0), absl::Milliseconds(100));
  EXPECT_EQ(schedule.NextPause(absl::ZeroDuration(), kWindow, 0), absl::Milliseconds(200));
  EXPECT_EQ(schedule.NextPause(absl::ZeroDuration(), kWindow, 0), absl::Milliseconds(350));
  EXPECT_EQ(schedule.NextPause(absl::ZeroDuration(), kWindow, 0), absl::Milliseconds(350));
}

TEST(RetryScheduleTest, RandomPartShortensByUpToAQuarter) {
  RetrySchedule schedule(Policy(), absl::ZeroDuration());
  EXPECT_EQ(schedule.NextPause(absl::ZeroDuration(), kWindow, 0.5), absl::Milliseconds(87.5));
}

TEST(RetryScheduleTest, EndsWithTheWindow) {
  RetrySchedule schedule(Policy(), absl::Seconds(5));
  EXPECT_EQ(schedule.NextPause(absl::Milliseconds(14970), kWindow, 0), absl::Milliseconds(30));
  EXPECT_FALSE(schedule.NextPause(absl::Seconds(15), kWindow, 0).has_value());
}

TEST(RetryScheduleTest, HeardStartsWindowAndBackoffAnew) {
  RetrySchedule schedule(Policy(), absl::ZeroDuration());
  schedule.NextPause(absl::ZeroDuration(), kWindow, 0);
  schedule.Heard(absl::Seconds(60));
  EXPECT_EQ(schedule.NextPause(absl::Seconds(65), kWindow, 0), absl::Milliseconds(100));
}

TEST(RetryScheduleTest, WindowOfZeroNeverRetries) {
  RetrySchedule schedule(Policy(), absl::ZeroDuration());
  EXPECT_FALSE(schedule.NextPause(absl::ZeroDuration(), absl::ZeroDuration(), 0).has_value());
}

}  // namespace
}  // namespace proctor
