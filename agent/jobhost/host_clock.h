#ifndef PROCTOR_AGENT_JOBHOST_HOST_CLOCK_H_
#define PROCTOR_AGENT_JOBHOST_HOST_CLOCK_H_

#include <cstdint>

#include "absl/time/time.h"
#include "common/clock.h"

namespace proctor::jobhost {

// Nanoseconds since an arbitrary point; never goes back. All deadlines are on this clock, so a
// stepped wall clock neither shortens nor stretches a timeout.
inline int64_t MonotonicNs() { return absl::ToInt64Nanoseconds(Clock::Real()->Monotonic()); }

// Nanoseconds since the Unix epoch, for records only.
inline int64_t UnixNs() { return absl::ToUnixNanos(Clock::Real()->Now()); }

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_HOST_CLOCK_H_
