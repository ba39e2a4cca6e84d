#include "agent/jobhost/spool_files.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/disk_space.h"
#include "common/os_error.h"

namespace proctor::jobhost {

absl::StatusOr<SpoolFiles> SpoolFiles::Open(const std::string& path,
                                            absl::optional<uint64_t> reserve_bytes) {
  UniqueFd directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return OsErrorStatus("open", errno, path);
  UniqueFd null(::open("/dev/null", O_WRONLY | O_CLOEXEC));
  if (!null.valid()) return OsErrorStatus("open", errno, "/dev/null");
  if (!reserve_bytes.has_value()) {
    const absl::StatusOr<DiskSpace> disk = DiskSpaceOf(path);
    if (!disk.ok()) return disk.status();
    reserve_bytes = DefaultDiskReserve(disk->total);
  }
  return SpoolFiles(std::move(directory), std::move(null), *reserve_bytes);
}

}  // namespace proctor::jobhost
