#include "common/token_bucket.h"

#include <gtest/gtest.h>

namespace proctor {
namespace {

constexpr absl::Duration kStart = absl::Seconds(1000);

int TakeAll(TokenBucket* bucket, absl::Duration now) {
  int taken = 0;
  while (taken < 1000 && bucket->Take(now)) ++taken;
  return taken;
}

TEST(TokenBucketTest, ABurstIsThereAtOnceAndThenTheRate) {
  TokenBucket bucket(10, 50);
  EXPECT_EQ(TakeAll(&bucket, kStart), 50);
  EXPECT_EQ(TakeAll(&bucket, kStart + absl::Seconds(1)), 10);
  EXPECT_EQ(TakeAll(&bucket, kStart + absl::Milliseconds(1050)), 0);
  EXPECT_EQ(TakeAll(&bucket, kStart + absl::Milliseconds(1100)), 1);
}

TEST(TokenBucketTest, ALongPauseGivesNoMoreThanABurst) {
  TokenBucket bucket(10, 50);
  EXPECT_EQ(TakeAll(&bucket, kStart), 50);
  EXPECT_FALSE(bucket.IsFull(kStart + absl::Seconds(4)));
  EXPECT_TRUE(bucket.IsFull(kStart + absl::Seconds(5)));
  EXPECT_EQ(TakeAll(&bucket, kStart + absl::Hours(1)), 50);
}

TEST(TokenBucketTest, LookingTakesNothing) {
  TokenBucket bucket(1, 1);
  EXPECT_TRUE(bucket.HasOne(kStart));
  EXPECT_TRUE(bucket.Take(kStart));
  EXPECT_FALSE(bucket.HasOne(kStart));
}

}  // namespace
}  // namespace proctor
