#include "common/disk_space.h"

#include <sys/statvfs.h>

#include <cerrno>

#include "common/os_error.h"

namespace proctor {

absl::StatusOr<DiskSpace> DiskSpaceOf(const std::string& path) {
  struct statvfs found;
  if (::statvfs(path.c_str(), &found) != 0) return OsErrorStatus("statvfs", errno, path);
  return DiskSpace{uint64_t{found.f_blocks} * found.f_frsize,
                   uint64_t{found.f_bavail} * found.f_frsize};
}

}  // namespace proctor
