#ifndef PROCTOR_COMMON_LOCK_OUT_H_
#define PROCTOR_COMMON_LOCK_OUT_H_

#include <algorithm>

#include "absl/time/time.h"

namespace proctor {

// How long somebody who does not heed refusals is let in no more: a second, and twice as long each
// time that it comes back so, up to half a minute. Times are monotonic and the caller's to give.
// Not thread-safe.
class LockOut {
 public:
  // Begins one, unless one is under way: false then.
  bool Begin(absl::Duration now) {
    if (IsActive(now)) return false;
    const bool again = length_ > absl::ZeroDuration() && now < until_ + length_;
    length_ = again ? std::min(absl::Seconds(30), 2 * length_) : absl::Seconds(1);
    until_ = now + length_;
    return true;
  }
  bool IsActive(absl::Duration now) const { return now < until_; }
  // Whether the next one would be as the first.
  bool IsForgotten(absl::Duration now) const { return now >= until_ + length_; }

 private:
  absl::Duration until_;
  absl::Duration length_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_LOCK_OUT_H_
