#ifndef PROCTOR_COMMON_TIMER_QUEUE_H_
#define PROCTOR_COMMON_TIMER_QUEUE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <thread>
#include <utility>

#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace proctor {

// Runs functions at a time of the monotonic clock, on a thread of its own, one at a time and
// without a lock held. Thread-safe.
class TimerQueue {
 public:
  // A cancelled or expired id is never given again.
  using Id = uint64_t;

  explicit TimerQueue(const Clock* clock);
  ~TimerQueue();
  TimerQueue(const TimerQueue&) = delete;
  TimerQueue& operator=(const TimerQueue&) = delete;

  // Ends the thread; what has not run yet never does.
  void Stop();

  Id Schedule(absl::Duration after, std::function<void()> function);
  // A function that has begun goes on.
  void Cancel(Id id);
  // Looks at the clock again now: for a test that moved it.
  void Poke();

 private:
  using Key = std::pair<absl::Duration, Id>;

  void Loop();

  const Clock* const clock_;
  Mutex mutex_;
  CondVar changed_;
  std::map<Key, std::function<void()>> timers_ ABSL_GUARDED_BY(mutex_);
  std::map<Id, absl::Duration> due_ ABSL_GUARDED_BY(mutex_);
  Id next_id_ ABSL_GUARDED_BY(mutex_) = 1;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_TIMER_QUEUE_H_
