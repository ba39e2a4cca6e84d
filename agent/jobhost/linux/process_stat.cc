#include "agent/jobhost/linux/process_stat.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

#include "common/os_error.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

absl::StatusOr<ProcessStat> ReadProcessStat(pid_t pid) {
  char path[32];
  std::snprintf(path, sizeof(path), "/proc/%d/stat", pid);
  const UniqueFd fd(::open(path, O_RDONLY | O_CLOEXEC));
  if (!fd.valid()) return OsErrorStatus("open", errno, path);
  char text[1024];
  const ssize_t got = ::read(fd.get(), text, sizeof(text) - 1);
  if (got <= 0) return OsErrorStatus("read", got < 0 ? errno : ESRCH, path);
  text[got] = '\0';
  // The name may hold spaces and parentheses: the fields begin after the last one.
  const char* const name_end = std::strrchr(text, ')');
  ProcessStat stat;
  unsigned long long start = 0;
  if (name_end == nullptr ||
      // NOLINTNEXTLINE(cert-err34-c): the kernel's own numbers fit their types.
      std::sscanf(name_end + 1,
                  " %c %d %*d %d %*d %*d %u %*u %*u %*u %*u %*u %*u %*d %*d %*d %*d %*d %*d %llu",
                  &stat.state, &stat.parent, &stat.session, &stat.flags, &start) != 5) {
    return absl::DataLossError("unknown form of /proc/PID/stat");
  }
  stat.start_time_ticks = start;
  return stat;
}

}  // namespace proctor::jobhost
