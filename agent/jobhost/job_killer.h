#ifndef PROCTOR_AGENT_JOBHOST_JOB_KILLER_H_
#define PROCTOR_AGENT_JOBHOST_JOB_KILLER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "agent/jobhost/job.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// Signal, grace period, the whole tree, confirmation: the way a job's end is driven. All functions
// want the job's lock held, and but for NextDeadline the thread that reaps: the main process is
// then not reaped between a look at `main_alive` and a signal to its id. Times are monotonic
// nanoseconds.

// From SIGKILL to the report that it did not work.
constexpr int64_t kConfirmNs = 30LL * 1000 * 1000 * 1000;

struct KillRequest {
  Cause cause = CAUSE_UNSPECIFIED;
  int signal = 0;  // 0: SIGTERM.
  uint64_t grace_ns = 0;
};

// The first request's cause and signal count; a later one may only shorten the grace period. A job
// without a process yet remembers the request for DriveKill.
void RequestKill(Job* job, const KillRequest& request, int64_t now_ns);

// The main process has gone and left others behind: ends them unless the job keeps its tree.
void KillRestOfTree(Job* job, int64_t now_ns);

// Does what is due. True when the job's report has changed.
bool DriveKill(Job* job, int64_t now_ns);

// When DriveKill or the timeout wants to be called next; kNoDeadline: never.
int64_t NextDeadline(const Job& job);

// Delivers a Signal request. kNotFound (ESRCH) when its target has ended.
absl::Status DeliverSignal(Job* job, int signal, Signal::Target target);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_JOB_KILLER_H_
