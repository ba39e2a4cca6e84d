#ifndef PROCTOR_AGENT_JOB_LINUX_CGROUP_SWEEP_H_
#define PROCTOR_AGENT_JOB_LINUX_CGROUP_SWEEP_H_

#include <string>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace proctor {

// Kills every process below `cgroup_root` (cgroup.kill, cgroups(7)), waits until none is left and
// removes the cgroups: what a job host that died can no longer do for its trees. A root that does
// not exist is done. DEADLINE_EXCEEDED when processes remain, for example in an uninterruptible
// system call.
absl::Status SweepCgroups(const std::string& cgroup_root, absl::Duration timeout);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_LINUX_CGROUP_SWEEP_H_
