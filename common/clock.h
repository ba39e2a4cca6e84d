#ifndef PROCTOR_COMMON_CLOCK_H_
#define PROCTOR_COMMON_CLOCK_H_

#include "absl/time/time.h"

namespace proctor {

// Time, injectable. Wall time is for records that people read and may step in either direction;
// everything that measures or expires uses Monotonic(). Thread-safe.
class Clock {
 public:
  virtual ~Clock() = default;
  virtual absl::Time Now() const = 0;
  // Since an arbitrary point, never goes back (CLOCK_MONOTONIC).
  virtual absl::Duration Monotonic() const = 0;

  // The machine's clock; never destroyed.
  static Clock* Real();
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_CLOCK_H_
