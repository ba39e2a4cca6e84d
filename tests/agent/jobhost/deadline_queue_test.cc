#include "agent/jobhost/deadline_queue.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace proctor::jobhost {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

TEST(DeadlineQueue, GivesTheDueOnesEarliestFirst) {
  DeadlineQueue<char> queue;
  queue.Set('b', 20);
  queue.Set('a', 10);
  queue.Set('c', 30);
  EXPECT_EQ(queue.Next(), 10);
  EXPECT_THAT(queue.TakeDue(20), ElementsAre('a', 'b'));
  EXPECT_THAT(queue.TakeDue(29), IsEmpty());
  EXPECT_EQ(queue.Next(), 30);
}

TEST(DeadlineQueue, AKeyHasOneDeadlineTheLastOneSet) {
  DeadlineQueue<char> queue;
  queue.Set('a', 10);
  queue.Set('a', 50);
  EXPECT_EQ(queue.size(), 1u);
  EXPECT_THAT(queue.TakeDue(49), IsEmpty());
  EXPECT_THAT(queue.TakeDue(50), ElementsAre('a'));
  EXPECT_EQ(queue.Next(), kNoDeadline);
}

TEST(DeadlineQueue, NeverRemoves) {
  DeadlineQueue<char> queue;
  queue.Set('a', 10);
  queue.Set('a', kNoDeadline);
  EXPECT_EQ(queue.size(), 0u);
  EXPECT_THAT(queue.TakeDue(100), IsEmpty());
}

TEST(DeadlineQueue, KeysMayShareATime) {
  DeadlineQueue<char> queue;
  queue.Set('a', 10);
  queue.Set('b', 10);
  queue.Remove('a');
  EXPECT_THAT(queue.TakeDue(10), ElementsAre('b'));
}

}  // namespace
}  // namespace proctor::jobhost
