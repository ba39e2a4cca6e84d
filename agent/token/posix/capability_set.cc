#include "agent/token/posix/capability_set.h"

#include <linux/capability.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "common/os_error.h"

namespace proctor {

absl::StatusOr<CapabilitySet> CapabilitySet::Effective() {
  __user_cap_header_struct header = {_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct data[2] = {};
  if (::syscall(SYS_capget, &header, data) != 0) return OsErrorStatus("capget", errno);
  return CapabilitySet(data[0].effective | (uint64_t{data[1].effective} << 32));
}

}  // namespace proctor
