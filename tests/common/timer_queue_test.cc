#include "common/timer_queue.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <vector>

#include "tests/agent/fake_clock.h"

namespace proctor {
namespace {

using ::testing::ElementsAre;

// What ran, in order.
class Trail {
 public:
  void Add(int step) {
    MutexLock lock(&mutex_);
    steps_.push_back(step);
    changed_.NotifyAll();
  }
  // The steps once there are `count`, or what there is after ten seconds.
  std::vector<int> Await(size_t count) {
    MutexLock lock(&mutex_);
    while (steps_.size() < count && changed_.WaitFor(&mutex_, absl::Seconds(10))) {
    }
    return steps_;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  std::vector<int> steps_ ABSL_GUARDED_BY(mutex_);
};

TEST(TimerQueueTest, RunsInTheOrderOfTheirTimes) {
  FakeClock clock;
  Trail trail;
  TimerQueue timers(&clock);
  timers.Schedule(absl::Seconds(2), [&trail] { trail.Add(2); });
  timers.Schedule(absl::Seconds(1), [&trail] { trail.Add(1); });
  timers.Schedule(absl::Seconds(2), [&trail] { trail.Add(3); });
  clock.Advance(absl::Seconds(2));
  timers.Poke();
  EXPECT_THAT(trail.Await(3), ElementsAre(1, 2, 3));
}

TEST(TimerQueueTest, ACancelledTimerNeverRuns) {
  FakeClock clock;
  Trail trail;
  TimerQueue timers(&clock);
  const TimerQueue::Id first = timers.Schedule(absl::Seconds(1), [&trail] { trail.Add(1); });
  timers.Schedule(absl::Seconds(1), [&trail] { trail.Add(2); });
  timers.Cancel(first);
  timers.Cancel(first);
  clock.Advance(absl::Seconds(1));
  timers.Poke();
  EXPECT_THAT(trail.Await(1), ElementsAre(2));
}

TEST(TimerQueueTest, WhatIsDueAtOnceRunsWithoutAPoke) {
  FakeClock clock;
  Trail trail;
  TimerQueue timers(&clock);
  timers.Schedule(absl::ZeroDuration(), [&trail] { trail.Add(1); });
  EXPECT_THAT(trail.Await(1), ElementsAre(1));
}

}  // namespace
}  // namespace proctor
