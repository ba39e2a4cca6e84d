#ifndef PROCTOR_AGENT_JOBHOST_WIN32_JOB_HOST_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_JOB_HOST_H_

#include "absl/status/status.h"
#include "agent/jobhost/win32/host_options.h"

namespace proctor::jobhost {

// Serves until it is asked to stop: Ctrl-C, Ctrl-Break, the end of its console or session, the stop
// event; or until it is idle for long enough.
absl::Status RunJobHost(const HostOptions& options);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_JOB_HOST_H_
