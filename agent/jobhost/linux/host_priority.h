#ifndef PROCTOR_AGENT_JOBHOST_LINUX_HOST_PRIORITY_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_HOST_PRIORITY_H_

#include "absl/status/statusor.h"
#include "agent/jobhost/linux/spawn_plan.h"

namespace proctor::jobhost {

// Keeps the OOM killer from the host where that is allowed (CAP_SYS_RESOURCE), and tells what of
// the host's standing its jobs must not inherit. A host whose jobs could not give up its protection
// gives it up itself. Before the first thread, and while the process is dumpable: its files in
// /proc are root's afterwards.
absl::StatusOr<PriorityReset> ProtectFromOomKiller();

// Whether a child needs CAP_SYS_NICE to give up what the host has.
bool NeedsPrivilege(const PriorityReset& reset);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_HOST_PRIORITY_H_
