#include "common/fair_queue.h"

#include "gtest/gtest.h"

namespace proctor {
namespace {

constexpr int kAlice = 1000;
constexpr int kBob = 1001;

TEST(FairQueueTest, UsersTakeTurns) {
  FairQueue<int, int> queue(16);
  for (const int item : {1, 2, 3}) queue.Push(kAlice, item);
  queue.Push(kBob, 10);
  EXPECT_EQ(queue.Pop()->second, 1);
  EXPECT_EQ(queue.Pop()->second, 10);
  EXPECT_EQ(queue.Pop()->second, 2);
  EXPECT_EQ(queue.Pop()->second, 3);
  EXPECT_FALSE(queue.Pop().has_value());
}

TEST(FairQueueTest, AUserAtTheLimitWaitsAndOthersDoNot) {
  FairQueue<int, int> queue(2);
  for (const int item : {1, 2, 3}) queue.Push(kAlice, item);
  EXPECT_EQ(queue.Pop()->second, 1);
  EXPECT_EQ(queue.Pop()->second, 2);
  EXPECT_FALSE(queue.runnable());
  EXPECT_EQ(queue.waiting(), 1u);
  queue.Push(kBob, 10);
  EXPECT_EQ(queue.Pop()->second, 10);
  EXPECT_FALSE(queue.Pop().has_value());
  queue.Done(kAlice);
  EXPECT_EQ(queue.Pop()->second, 3);
}

TEST(FairQueueTest, KeepsTheOrderOfAUserThroughTheLimit) {
  FairQueue<int, int> queue(1);
  for (int item = 0; item < 5; ++item) queue.Push(kAlice, item);
  for (int item = 0; item < 5; ++item) {
    ASSERT_TRUE(queue.runnable());
    EXPECT_EQ(queue.Pop()->second, item);
    EXPECT_FALSE(queue.runnable());
    queue.Done(kAlice);
  }
  EXPECT_EQ(queue.waiting(), 0u);
}

}  // namespace
}  // namespace proctor
