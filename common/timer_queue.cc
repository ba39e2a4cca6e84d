#include "common/timer_queue.h"

#include <algorithm>

namespace proctor {

TimerQueue::TimerQueue(const Clock* clock) : clock_(clock), thread_([this] { Loop(); }) {}

TimerQueue::~TimerQueue() { Stop(); }

void TimerQueue::Stop() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  if (thread_.joinable()) thread_.join();
}

TimerQueue::Id TimerQueue::Schedule(absl::Duration after, std::function<void()> function) {
  MutexLock lock(&mutex_);
  const Id id = next_id_++;
  const absl::Duration when = clock_->Monotonic() + after;
  const bool first = timers_.empty() || when < timers_.begin()->first.first;
  timers_.emplace(Key(when, id), std::move(function));
  due_.emplace(id, when);
  if (first) changed_.NotifyAll();
  return id;
}

void TimerQueue::Cancel(Id id) {
  MutexLock lock(&mutex_);
  const auto found = due_.find(id);
  if (found == due_.end()) return;
  timers_.erase(Key(found->second, id));
  due_.erase(found);
}

void TimerQueue::Poke() {
  MutexLock lock(&mutex_);
  changed_.NotifyAll();
}

void TimerQueue::Loop() {
  // Bounded, because a wait computed from an infinite or far deadline may overflow.
  constexpr absl::Duration kLongest = absl::Hours(1);
  while (true) {
    std::function<void()> function;
    {
      MutexLock lock(&mutex_);
      if (stopping_) return;
      const absl::Duration now = clock_->Monotonic();
      if (timers_.empty() || timers_.begin()->first.first > now) {
        const absl::Duration wait =
            timers_.empty() ? kLongest : std::min(timers_.begin()->first.first - now, kLongest);
        changed_.WaitFor(&mutex_, wait);
        continue;
      }
      due_.erase(timers_.begin()->first.second);
      function = std::move(timers_.begin()->second);
      timers_.erase(timers_.begin());
    }
    function();
  }
}

}  // namespace proctor
