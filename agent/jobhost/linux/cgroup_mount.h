#ifndef PROCTOR_AGENT_JOBHOST_LINUX_CGROUP_MOUNT_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_CGROUP_MOUNT_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace proctor::jobhost {

// The directory of this process's own cgroup v2 cgroup. kUnavailable when the machine has no cgroup
// v2 hierarchy mounted, or none that shows it. Hybrid machines mount it beside the v1 controllers.
absl::StatusOr<std::string> OwnCgroupDirectory();

// The same from the texts of /proc/self/cgroup and /proc/self/mountinfo.
absl::StatusOr<std::string> CgroupDirectoryFrom(absl::string_view cgroup,
                                                absl::string_view mountinfo);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_CGROUP_MOUNT_H_
