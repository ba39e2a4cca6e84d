#ifndef PROCTOR_COMMON_POSIX_WORKING_DIRECTORY_H_
#define PROCTOR_COMMON_POSIX_WORKING_DIRECTORY_H_

#include <string>
#include <vector>

#include "absl/status/status.h"

namespace proctor {

// Makes `paths`, of which empty ones stay empty, absolute and goes to the root: a service keeps no
// file system from being unmounted, and what starts in its place, as another user, could reach its
// working directory as /proc/self/cwd whatever the directories above it allow. Before the first
// thread.
absl::Status LeaveWorkingDirectory(const std::vector<std::string*>& paths);

}  // namespace proctor

#endif  // PROCTOR_COMMON_POSIX_WORKING_DIRECTORY_H_
