#ifndef PROCTOR_COMMON_TOKEN_BUCKET_H_
#define PROCTOR_COMMON_TOKEN_BUCKET_H_

#include <algorithm>

#include "absl/time/time.h"

namespace proctor {

// A rate with a burst: `burst` at once, and then `per_second` in each second. Times are monotonic
// and the caller's to give. Not thread-safe.
class TokenBucket {
 public:
  // Full at the beginning.
  TokenBucket(double per_second, double burst)
      : per_second_(per_second), burst_(burst), tokens_(burst) {}

  // False when there is none; nothing is taken then.
  bool Take(absl::Duration now) {
    Fill(now);
    if (tokens_ < 1) return false;
    tokens_ -= 1;
    return true;
  }
  // Whether Take would succeed.
  bool HasOne(absl::Duration now) {
    Fill(now);
    return tokens_ >= 1;
  }
  // Nothing has been taken for so long that the bucket is as good as a new one.
  bool IsFull(absl::Duration now) {
    Fill(now);
    return tokens_ >= burst_;
  }

 private:
  void Fill(absl::Duration now) {
    if (now <= filled_) return;
    tokens_ = std::min(burst_, tokens_ + per_second_ * absl::ToDoubleSeconds(now - filled_));
    filled_ = now;
  }

  double per_second_;
  double burst_;
  double tokens_;
  absl::Duration filled_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_TOKEN_BUCKET_H_
