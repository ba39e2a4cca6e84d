#ifndef PROCTOR_COMMON_POSIX_SOCKET_LOCK_H_
#define PROCTOR_COMMON_POSIX_SOCKET_LOCK_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace proctor {

// Takes the lock that says who serves this socket path, a file beside it: whoever has it may take
// the path from one that is gone, and nobody else may. Keep the descriptor. FAILED_PRECONDITION
// when another process has it.
absl::StatusOr<UniqueFd> LockSocketPath(const std::string& socket_path);

// The same for who uses what is served there, where that is for one client only.
absl::StatusOr<UniqueFd> LockSocketUse(const std::string& socket_path);

}  // namespace proctor

#endif  // PROCTOR_COMMON_POSIX_SOCKET_LOCK_H_
