#ifndef PROCTOR_AGENT_JOBHOST_LINUX_CAPABILITIES_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_CAPABILITIES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"

namespace proctor::jobhost {

// Whether this thread may become other users (CAP_SETUID and CAP_SETGID).
absl::StatusOr<bool> MayChangeIdentity();

struct CapabilityUse {
  // Reading other users' /proc/PID/environ.
  bool read_environments = false;
  // Removing the host's cgroup at the end, from a directory that not even its owner may write: the
  // root of the hierarchy. Kept permitted, not effective, until RaisePermitted.
  bool remove_cgroups = false;
  // Giving a job back the priority that the host was started without.
  bool raise_priority = false;
};

// Gives up, for this thread and all that it starts, every capability that the host does not need.
// The bounding set stays: jobs of uid 0 get their capabilities from it. Returns, in words, what is
// missing and what does not work without it.
absl::StatusOr<std::vector<std::string>> ReduceCapabilities(const CapabilityUse& use);

// Makes what is permitted effective, for this thread.
absl::Status RaisePermitted();

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_CAPABILITIES_H_
