#ifndef PROCTOR_AGENT_JOBHOST_KILL_PROGRESS_H_
#define PROCTOR_AGENT_JOBHOST_KILL_PROGRESS_H_

#include <cstdint>

#include "agent/jobhost/deadline_queue.h"

namespace proctor::jobhost {

constexpr int64_t kNoDeadline = DeadlineQueue<int>::kNever;

// A deadline that far from now; kNoDeadline when it is too far to be counted.
inline int64_t After(int64_t now_ns, uint64_t span_ns) {
  const auto most = static_cast<uint64_t>(kNoDeadline - now_ns);
  return span_ns >= most ? kNoDeadline : now_ns + static_cast<int64_t>(span_ns);
}

// How far the end of a job has been driven. Times are monotonic nanoseconds.
struct KillProgress {
  bool requested = false;  // Somebody wants the tree gone.
  int signal = 0;          // The polite one.
  int64_t grace_end_ns = kNoDeadline;
  bool begun = false;   // The signal was sent.
  bool forced = false;  // The whole tree was killed.
  int64_t confirm_by_ns = kNoDeadline;
  int64_t next_try_ns = kNoDeadline;
  int64_t retry_ns = 0;
  bool unconfirmed = false;
  int64_t processes_left = 0;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_KILL_PROGRESS_H_
