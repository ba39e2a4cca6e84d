#ifndef PROCTOR_AGENT_JOBHOST_LINUX_CAPABILITIES_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_CAPABILITIES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace proctor::jobhost {

// Whether this thread may become other users (CAP_SETUID and CAP_SETGID).
absl::StatusOr<bool> MayChangeIdentity();

// Gives up, for this thread and all that it starts, every capability that the host does not need.
// `read_environments`: also keep what reading other users' /proc/PID/environ needs. The bounding
// set stays: jobs of uid 0 get their capabilities from it. Returns, in words, what is missing and
// what does not work without it.
absl::StatusOr<std::vector<std::string>> ReduceCapabilities(bool read_environments);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_CAPABILITIES_H_
