#ifndef PROCTOR_AGENT_JOBHOST_JOB_HOST_H_
#define PROCTOR_AGENT_JOBHOST_JOB_HOST_H_

#include "absl/status/status.h"
#include "agent/jobhost/host_options.h"

namespace proctor::jobhost {

// Runs the job host in this process until it is asked to stop or has been idle long enough. Call it
// once, before any other thread exists.
absl::Status RunJobHost(const HostOptions& options);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_JOB_HOST_H_
