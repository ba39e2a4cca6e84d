#ifndef PROCTOR_COMMON_UNIX_SOCKET_H_
#define PROCTOR_COMMON_UNIX_SOCKET_H_

#include <cstddef>

namespace proctor {

// The longest path of a Unix socket, in bytes: sockaddr_un of unix(7), less its end.
inline constexpr size_t kMaxSocketPath = 107;

}  // namespace proctor

#endif  // PROCTOR_COMMON_UNIX_SOCKET_H_
