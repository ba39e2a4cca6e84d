#include "agent/job/fair_queue.h"

#include <chrono>
#include <utility>

namespace proctor {

FairQueue::FairQueue() : thread_([this] { Loop(); }) {}

FairQueue::~FairQueue() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void FairQueue::Add(const std::string& user, Work work) {
  {
    MutexLock lock(&mutex_);
    std::deque<Work>& mine = work_[user];
    if (mine.empty()) turns_.push_back(user);
    mine.push_back(std::move(work));
  }
  changed_.NotifyAll();
}

void FairQueue::Loop() {
  // Short pieces add up: a sleep takes its time to begin and to end.
  constexpr std::chrono::microseconds kWorthARest(50);
  std::chrono::nanoseconds owed(0);
  while (true) {
    std::string user;
    Work work;
    {
      MutexLock lock(&mutex_);
      while (turns_.empty() && !stopping_) changed_.Wait(&mutex_);
      if (stopping_) return;
      user = std::move(turns_.front());
      turns_.pop_front();
      std::deque<Work>& mine = work_[user];
      work = std::move(mine.front());
      mine.pop_front();
      if (mine.empty()) {
        work_.erase(user);
      } else {
        turns_.push_back(user);
      }
    }
    const auto begun = std::chrono::steady_clock::now();
    if (work()) Add(user, std::move(work));
    work = nullptr;
    owed += std::chrono::steady_clock::now() - begun;
    if (owed < kWorthARest) continue;
    std::this_thread::sleep_for(owed);
    owed = std::chrono::nanoseconds(0);
  }
}

}  // namespace proctor
