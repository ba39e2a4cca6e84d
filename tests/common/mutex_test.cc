#include "common/mutex.h"

#include <gtest/gtest.h>

#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "common/clock.h"

namespace proctor {
namespace {

class Counter {
 public:
  void Increment() {
    MutexLock lock(&mutex_);
    ++value_;
  }
  int value() {
    MutexLock lock(&mutex_);
    return value_;
  }

 private:
  Mutex mutex_;
  int value_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST(MutexTest, LockExcludesOtherThreads) {
  constexpr int kThreads = 4;
  constexpr int kRounds = 20'000;
  Counter counter;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&counter] {
      for (int round = 0; round < kRounds; ++round) counter.Increment();
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(counter.value(), kThreads * kRounds);
}

// A mailbox for one number, so that waiting is tested the way the program waits.
class Mailbox {
 public:
  void Put(int value) {
    MutexLock lock(&mutex_);
    value_ = value;
    full_ = true;
    changed_.NotifyAll();
  }
  int Take() {
    MutexLock lock(&mutex_);
    while (!full_) changed_.Wait(&mutex_);
    return value_;
  }
  // False when nothing was put within `timeout`.
  bool AwaitFull(absl::Duration timeout) {
    const absl::Duration deadline = Clock::Real()->Monotonic() + timeout;
    MutexLock lock(&mutex_);
    while (!full_) {
      const absl::Duration left = deadline - Clock::Real()->Monotonic();
      if (left <= absl::ZeroDuration()) return false;
      changed_.WaitFor(&mutex_, left);
    }
    return true;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool full_ ABSL_GUARDED_BY(mutex_) = false;
  int value_ ABSL_GUARDED_BY(mutex_) = 0;
};

TEST(CondVarTest, WaitReturnsAfterANotification) {
  Mailbox mailbox;
  std::thread sender([&mailbox] { mailbox.Put(17); });
  EXPECT_EQ(mailbox.Take(), 17);
  sender.join();
}

TEST(CondVarTest, NotifyAllWakesEveryWaiter) {
  Mailbox mailbox;
  std::vector<std::thread> waiters;
  for (int i = 0; i < 4; ++i) {
    waiters.emplace_back([&mailbox] { EXPECT_EQ(mailbox.Take(), 23); });
  }
  mailbox.Put(23);
  for (std::thread& waiter : waiters) waiter.join();
}

TEST(CondVarTest, WaitForGivesUpAfterTheTimeoutAndNotBefore) {
  Mailbox mailbox;
  const absl::Duration start = Clock::Real()->Monotonic();
  EXPECT_FALSE(mailbox.AwaitFull(absl::Milliseconds(30)));
  EXPECT_GE(Clock::Real()->Monotonic() - start, absl::Milliseconds(30));
}

TEST(CondVarTest, WaitForReturnsEarlyWhenNotified) {
  Mailbox mailbox;
  std::thread sender([&mailbox] { mailbox.Put(1); });
  EXPECT_TRUE(mailbox.AwaitFull(absl::Minutes(1)));
  sender.join();
}

TEST(CondVarTest, TheMutexIsHeldAgainAfterWaitFor) {
  Mutex mutex;
  CondVar condition;
  int guarded = 0;
  std::thread other;
  {
    MutexLock lock(&mutex);
    other = std::thread([&] {
      MutexLock other_lock(&mutex);
      ++guarded;
    });
    condition.WaitFor(&mutex, absl::Milliseconds(1));
    const int seen = guarded;
    for (int i = 0; i < 1000; ++i) std::this_thread::yield();
    EXPECT_EQ(guarded, seen);
  }
  other.join();
  EXPECT_EQ(guarded, 1);
}

}  // namespace
}  // namespace proctor
