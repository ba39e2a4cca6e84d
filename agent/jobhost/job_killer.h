#ifndef PROCTOR_AGENT_JOBHOST_JOB_KILLER_H_
#define PROCTOR_AGENT_JOBHOST_JOB_KILLER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "agent/jobhost/job.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// Takes the steps of the job's KillPlan. All functions want the job's lock held, and the thread
// that reaps: the main process is then not reaped between a look at `life` and a signal to
// its id. Times are monotonic nanoseconds.

void RequestKill(Job* job, const KillRequest& request, int64_t now_ns);

// The main process has gone and left others behind: ends them unless the job keeps its tree.
void KillRestOfTree(Job* job, int64_t now_ns);

// Does what is due. True when the job's report has changed.
bool DriveKill(Job* job, int64_t now_ns);

// Delivers a Signal request. kNotFound (ESRCH) when its target has ended.
absl::Status DeliverSignal(Job* job, int signal, Signal::Target target);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_JOB_KILLER_H_
