#include "agent/job/fair_worker.h"

#include <chrono>
#include <utility>

namespace proctor {

FairWorker::FairWorker(Pace pace) : pace_(pace), thread_([this] { Loop(); }) {}

FairWorker::~FairWorker() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void FairWorker::Add(const std::string& user, Work work) {
  {
    MutexLock lock(&mutex_);
    queue_.Push(user, std::move(work));
  }
  changed_.NotifyAll();
}

absl::optional<std::pair<std::string, FairWorker::Work>> FairWorker::Next() {
  MutexLock lock(&mutex_);
  while (!queue_.runnable() && !stopping_) changed_.Wait(&mutex_);
  if (stopping_) return absl::nullopt;
  return queue_.Pop();
}

void FairWorker::Loop() {
  // Short pieces add up: a sleep takes its time to begin and to end.
  constexpr std::chrono::microseconds kWorthARest(50);
  std::chrono::nanoseconds owed(0);
  while (auto next = Next()) {
    auto& [user, work] = *next;
    const auto begun = std::chrono::steady_clock::now();
    if (work()) {
      MutexLock lock(&mutex_);
      queue_.Done(user);
      queue_.Push(user, std::move(work));
    } else {
      work = nullptr;  // Outside the lock: what it holds may end with it.
      MutexLock lock(&mutex_);
      queue_.Done(user);
    }
    if (pace_ == Pace::kAtOnce) continue;
    owed += std::chrono::steady_clock::now() - begun;
    if (owed < kWorthARest) continue;
    std::this_thread::sleep_for(owed);
    owed = std::chrono::nanoseconds(0);
  }
}

}  // namespace proctor
