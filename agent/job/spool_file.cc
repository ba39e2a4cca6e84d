#include "agent/job/spool_file.h"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "common/os_error.h"

namespace proctor {

absl::StatusOr<std::string> SpoolFile::Read(uint64_t offset, size_t max) const {
  if (!exists()) return std::string();
  struct stat info;
  if (::fstat(fd_.get(), &info) != 0) return OsErrorStatus("fstat", errno, "spool file");
  const uint64_t size = static_cast<uint64_t>(info.st_size);
  if (offset >= size) return std::string();
  std::string bytes(static_cast<size_t>(std::min<uint64_t>(max, size - offset)), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::pread(fd_.get(), bytes.data() + done, bytes.size() - done,
                              static_cast<off_t>(offset + done));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return OsErrorStatus("pread", errno, "spool file");
    if (n == 0) break;
    done += static_cast<size_t>(n);
  }
  bytes.resize(done);
  return bytes;
}

}  // namespace proctor
