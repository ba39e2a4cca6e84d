#ifndef PROCTOR_COMMON_PRIVATE_FILE_H_
#define PROCTOR_COMMON_PRIVATE_FILE_H_

#include <string>

#include "absl/status/status.h"

namespace proctor {

// Creates the file `path` (UTF-8), empty, if it does not exist, so that nobody but the process's
// own user, and the system's administrators, may open it: mode 0600, or a protected DACL. Follows
// no symbolic link. What exists keeps its content and its permissions.
absl::Status EnsurePrivateFile(const std::string& path);

}  // namespace proctor

#endif  // PROCTOR_COMMON_PRIVATE_FILE_H_
