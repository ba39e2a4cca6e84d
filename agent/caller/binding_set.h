#ifndef PROCTOR_AGENT_CALLER_BINDING_SET_H_
#define PROCTOR_AGENT_CALLER_BINDING_SET_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "common/mutex.h"

namespace proctor {

// The "tls-server-end-point" hashes that a listener's callers may have seen: its certificate's, and
// that of the one before, which connections made before the change still have. Thread-safe.
class BindingSet {
 public:
  explicit BindingSet(std::string current) : current_(std::move(current)) {}

  bool Accepts(absl::string_view binding) const {
    MutexLock lock(&mutex_);
    return !binding.empty() && (binding == current_ || binding == previous_);
  }

  // The listener shows another certificate from now on.
  void Replace(std::string binding) {
    MutexLock lock(&mutex_);
    if (binding == current_) return;
    previous_ = std::exchange(current_, std::move(binding));
  }

 private:
  mutable Mutex mutex_;
  std::string current_ ABSL_GUARDED_BY(mutex_);
  std::string previous_ ABSL_GUARDED_BY(mutex_);  // Empty before the first change.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_BINDING_SET_H_
