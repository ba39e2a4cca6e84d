#include "agent/linux/privileges.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "common/os_error.h"

namespace proctor {

absl::Status DropCapabilities() {
  if (::geteuid() != 0) return absl::OkStatus();
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  if (::syscall(SYS_capset, &header, none) != 0) return OsErrorStatus("capset", errno);
  return absl::OkStatus();
}

}  // namespace proctor
