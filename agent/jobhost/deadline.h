#ifndef PROCTOR_AGENT_JOBHOST_DEADLINE_H_
#define PROCTOR_AGENT_JOBHOST_DEADLINE_H_

#include <cstdint>
#include <limits>

namespace proctor::jobhost {

// Deadlines are nanoseconds of the monotonic clock.
constexpr int64_t kNoDeadline = std::numeric_limits<int64_t>::max();

// A deadline that far from now; kNoDeadline when it is too far to be counted.
inline int64_t After(int64_t now_ns, uint64_t span_ns) {
  const auto most = static_cast<uint64_t>(kNoDeadline - now_ns);
  return span_ns >= most ? kNoDeadline : now_ns + static_cast<int64_t>(span_ns);
}

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_DEADLINE_H_
