#ifndef PROCTOR_AGENT_JOBHOST_LINUX_SMALL_FILE_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_SMALL_FILE_H_

#include <fcntl.h>

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

// A whole file of /proc or a cgroup. `path` is relative to `directory_fd` unless absolute.
absl::StatusOr<std::string> ReadSmallFile(const std::string& path, int directory_fd = AT_FDCWD);

absl::StatusOr<UniqueFd> OpenAt(int directory_fd, const std::string& path, int flags);

// One write(2) of the whole text to an existing file.
absl::Status WriteSmallFile(int directory_fd, const std::string& path, absl::string_view text);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_SMALL_FILE_H_
