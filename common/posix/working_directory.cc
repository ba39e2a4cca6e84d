#include "common/posix/working_directory.h"

#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

#include "common/os_error.h"

namespace proctor {

absl::Status LeaveWorkingDirectory(const std::vector<std::string*>& paths) {
  for (std::string* const path : paths) {
    if (path->empty()) continue;
    std::error_code error;
    const std::filesystem::path absolute = std::filesystem::absolute(*path, error);
    if (error) return OsErrorStatus("getcwd", error.value(), *path);
    *path = absolute.string();
  }
  if (::chdir("/") != 0) return OsErrorStatus("chdir", errno, "/");
  return absl::OkStatus();
}

}  // namespace proctor
