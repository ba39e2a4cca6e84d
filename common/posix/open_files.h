#ifndef PROCTOR_COMMON_POSIX_OPEN_FILES_H_
#define PROCTOR_COMMON_POSIX_OPEN_FILES_H_

#include <sys/resource.h>

#include "absl/status/statusor.h"

namespace proctor {

// Raises the soft limit of open files, which is made for select(2), to the hard one, and makes the
// kernel's table of them large at once: when it grows under several threads, whoever opens a file
// waits until every processor has been through the scheduler (expand_fdtable in fs/file.c), for
// tens of milliseconds on a busy machine. Before the first thread. Returns the limit that was:
// children are to have that.
absl::StatusOr<rlimit> RaiseOpenFiles();

}  // namespace proctor

#endif  // PROCTOR_COMMON_POSIX_OPEN_FILES_H_
