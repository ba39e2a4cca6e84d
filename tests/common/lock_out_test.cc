#include "common/lock_out.h"

#include <gtest/gtest.h>

namespace proctor {
namespace {

TEST(LockOutTest, LastsTwiceAsLongEachTimeUpToHalfAMinute) {
  LockOut lock_out;
  absl::Duration now = absl::Seconds(1000);
  EXPECT_FALSE(lock_out.IsActive(now));
  for (const int seconds : {1, 2, 4, 8, 16, 30, 30}) {
    EXPECT_TRUE(lock_out.Begin(now));
    EXPECT_FALSE(lock_out.Begin(now)) << "is under way";
    EXPECT_TRUE(lock_out.IsActive(now + absl::Seconds(seconds) - absl::Nanoseconds(1)));
    now += absl::Seconds(seconds);
    EXPECT_FALSE(lock_out.IsActive(now));
    EXPECT_FALSE(lock_out.IsForgotten(now));
  }
}

TEST(LockOutTest, IsForgottenAfterAsLongAgain) {
  LockOut lock_out;
  EXPECT_TRUE(lock_out.IsForgotten(absl::Seconds(1000)));
  lock_out.Begin(absl::Seconds(1000));
  lock_out.Begin(absl::Seconds(1001));
  EXPECT_FALSE(lock_out.IsForgotten(absl::Seconds(1004)));
  EXPECT_TRUE(lock_out.IsForgotten(absl::Seconds(1005)));
  lock_out.Begin(absl::Seconds(1005));
  EXPECT_FALSE(lock_out.IsActive(absl::Seconds(1006)));
}

}  // namespace
}  // namespace proctor
