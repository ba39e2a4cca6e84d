#include "common/posix/open_files.h"

#include <fcntl.h>

#include <algorithm>
#include <cerrno>

#include "common/os_error.h"
#include "common/unique_fd.h"

namespace proctor {
namespace {

// 128 KiB of the kernel's memory, once.
constexpr rlim_t kTable = 16384;

}  // namespace

absl::StatusOr<rlimit> RaiseOpenFiles() {
  rlimit before;
  if (::getrlimit(RLIMIT_NOFILE, &before) != 0) return OsErrorStatus("getrlimit", errno);
  const rlimit raised = {before.rlim_max, before.rlim_max};
  if (::setrlimit(RLIMIT_NOFILE, &raised) != 0) return OsErrorStatus("setrlimit", errno);
  const int last = static_cast<int>(std::min(kTable, raised.rlim_cur)) - 1;
  const UniqueFd any(::open("/dev/null", O_RDONLY | O_CLOEXEC));
  // A table that stays small is no fault.
  const UniqueFd highest(::fcntl(any.get(), F_DUPFD_CLOEXEC, last));
  return before;
}

}  // namespace proctor
