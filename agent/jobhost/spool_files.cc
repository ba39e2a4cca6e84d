#include "agent/jobhost/spool_files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "common/os_error.h"

namespace proctor::jobhost {

absl::StatusOr<SpoolFiles> SpoolFiles::Open(const std::string& path) {
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return OsErrorStatus("open", errno, path);
  UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!null.valid()) return OsErrorStatus("open", errno, "/dev/null");
  return SpoolFiles(std::move(directory), std::move(null));
}

bool SpoolFiles::ValidJobId(absl::string_view job_id) {
  return !job_id.empty() && job_id.size() <= 64 &&
         std::all_of(job_id.begin(), job_id.end(), [](char c) {
           return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
         });
}

}  // namespace proctor::jobhost
