#include "common/detached_thread.h"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <utility>
#include <vector>

#include "common/clock.h"
#include "common/mutex.h"

namespace proctor {
namespace {

class Counter {
 public:
  void Add() {
    MutexLock lock(&mutex_);
    ++count_;
    changed_.NotifyAll();
  }
  bool Await(int count, absl::Duration patience) {
    const absl::Duration end = Clock::Real()->Monotonic() + patience;
    MutexLock lock(&mutex_);
    while (count_ < count) {
      const absl::Duration rest = end - Clock::Real()->Monotonic();
      if (rest <= absl::ZeroDuration()) return false;
      changed_.WaitFor(&mutex_, rest);
    }
    return true;
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  int count_ ABSL_GUARDED_BY(mutex_) = 0;
};

// With plain detach, under Windows' pthreads, one of these ends or hangs the program.
TEST(DetachedThreadTest, ManyThatEndAtOnceDisturbNoOther) {
  constexpr int kStarters = 4;
  constexpr int kThreads = 500;
  const auto ended = std::make_shared<Counter>();
  std::vector<std::thread> starters;
  for (int starter = 0; starter < kStarters; ++starter) {
    starters.emplace_back([ended] {
      for (int i = 0; i < kThreads; ++i) {
        const auto own = std::make_shared<Counter>();
        StartDetachedThread([ended, own] {
          own->Add();
          ended->Add();
        });
        EXPECT_TRUE(own->Await(1, absl::Seconds(60)));
      }
    });
  }
  for (std::thread& starter : starters) starter.join();
  EXPECT_TRUE(ended->Await(kStarters * kThreads, absl::Seconds(60)));
}

TEST(DetachedThreadTest, WhatTheWorkOwnsGoesWithIt) {
  struct TellsOfItsEnd {
    explicit TellsOfItsEnd(std::shared_ptr<Counter> counter) : gone(std::move(counter)) {}
    ~TellsOfItsEnd() { gone->Add(); }
    std::shared_ptr<Counter> gone;
  };
  const auto gone = std::make_shared<Counter>();
  StartDetachedThread([owned = std::make_shared<TellsOfItsEnd>(gone)] {});
  EXPECT_TRUE(gone->Await(1, absl::Seconds(60)));
}

}  // namespace
}  // namespace proctor
