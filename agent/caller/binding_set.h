#ifndef PROCTOR_AGENT_CALLER_BINDING_SET_H_
#define PROCTOR_AGENT_CALLER_BINDING_SET_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace proctor {

// The "tls-server-end-point" hashes that a listener's callers may have seen: its certificate's, and
// for kOverlap that of the one before, which connections made before the change still have.
// Whoever has the replaced certificate's key could stand in between for as long. Thread-safe.
class BindingSet {
 public:
  static constexpr absl::Duration kOverlap = absl::Hours(1);

  // `clock` must outlive the set.
  explicit BindingSet(std::string current, const Clock* clock = Clock::Real())
      : clock_(clock), current_(std::move(current)) {}

  bool Accepts(absl::string_view binding) const {
    MutexLock lock(&mutex_);
    if (binding.empty()) return false;
    return binding == current_ || (binding == previous_ && clock_->Monotonic() < previous_until_);
  }

  // The listener shows another certificate from now on.
  void Replace(std::string binding) {
    MutexLock lock(&mutex_);
    if (binding == current_) return;
    previous_ = std::exchange(current_, std::move(binding));
    previous_until_ = clock_->Monotonic() + kOverlap;
  }

 private:
  const Clock* const clock_;
  mutable Mutex mutex_;
  std::string current_ ABSL_GUARDED_BY(mutex_);
  std::string previous_ ABSL_GUARDED_BY(mutex_);  // Empty before the first change.
  absl::Duration previous_until_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_BINDING_SET_H_
