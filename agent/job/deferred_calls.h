#ifndef PROCTOR_AGENT_JOB_DEFERRED_CALLS_H_
#define PROCTOR_AGENT_JOB_DEFERRED_CALLS_H_

#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include "agent/job/job_observer.h"

namespace proctor {

// Calls that are decided on under a lock and made after it was released. Declare before the
// MutexLock: it makes the calls, in order, when it goes out of scope.
class DeferredCalls {
 public:
  DeferredCalls() = default;
  DeferredCalls(const DeferredCalls&) = delete;
  DeferredCalls& operator=(const DeferredCalls&) = delete;
  ~DeferredCalls() {
    for (const auto& call : calls_) call();
    for (const auto& observer : observers_) observer->OnChange();
  }

  void Add(std::function<void()> call) { calls_.push_back(std::move(call)); }
  // Destroys `object`, which may be null, after the lock was released and all calls have been made.
  void Release(std::shared_ptr<const void> object) {
    if (object != nullptr) released_.push_back(std::move(object));
  }
  void Notify(std::shared_ptr<JobObserver> observer) { observers_.push_back(std::move(observer)); }

 private:
  std::vector<std::shared_ptr<const void>> released_;
  std::vector<std::function<void()>> calls_;
  std::vector<std::shared_ptr<JobObserver>> observers_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_DEFERRED_CALLS_H_
