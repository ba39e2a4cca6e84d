#include "agent/jobhost/linux/pid_signal.h"

#include <errno.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/os_error.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

absl::Status SignalChecked(pid_t pid, int signal, const std::function<bool(pid_t)>& still_it) {
  const UniqueFd pidfd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0)));
  if (!pidfd.valid()) return OsErrorStatus("pidfd_open", errno);
  if (!still_it(pid)) return OsErrorStatus("pidfd_open", ESRCH);
  if (::syscall(SYS_pidfd_send_signal, pidfd.get(), signal, nullptr, 0) != 0) {
    return OsErrorStatus("pidfd_send_signal", errno);
  }
  return absl::OkStatus();
}

}  // namespace proctor::jobhost
