#include "agent/jobhost/spool_files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/os_error.h"

namespace proctor::jobhost {

absl::StatusOr<SpoolFiles> SpoolFiles::Open(const std::string& path) {
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return OsErrorStatus("open", errno, path);
  UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!null.valid()) return OsErrorStatus("open", errno, "/dev/null");
  return SpoolFiles(std::move(directory), std::move(null));
}

}  // namespace proctor::jobhost
