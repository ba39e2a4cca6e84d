#include "common/clock.h"

#include <gtest/gtest.h>
#include <time.h>

#include "absl/time/time.h"

namespace proctor {
namespace {

absl::Duration KernelClock(clockid_t id) {
  timespec now = {};
  EXPECT_EQ(::clock_gettime(id, &now), 0);
  return absl::DurationFromTimespec(now);
}

TEST(ClockTest, RealClockIsOneObject) { EXPECT_EQ(Clock::Real(), Clock::Real()); }

TEST(ClockTest, MonotonicIsTheKernelsMonotonicClock) {
  const absl::Duration before = KernelClock(CLOCK_MONOTONIC);
  const absl::Duration now = Clock::Real()->Monotonic();
  const absl::Duration after = KernelClock(CLOCK_MONOTONIC);
  EXPECT_LE(before, now);
  EXPECT_LE(now, after);
}

TEST(ClockTest, MonotonicNeverGoesBack) {
  absl::Duration last = Clock::Real()->Monotonic();
  for (int i = 0; i < 100'000; ++i) {
    const absl::Duration now = Clock::Real()->Monotonic();
    ASSERT_LE(last, now);
    last = now;
  }
}

TEST(ClockTest, NowIsWallTime) {
  // Abseil extrapolates from the cycle counter, so the two may differ by a little.
  const absl::Time kernel = absl::UnixEpoch() + KernelClock(CLOCK_REALTIME);
  EXPECT_LT(absl::AbsDuration(Clock::Real()->Now() - kernel), absl::Seconds(1));
}

}  // namespace
}  // namespace proctor
