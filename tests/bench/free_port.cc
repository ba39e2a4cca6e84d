#include "tests/bench/free_port.h"

#include <netinet/in.h>
#include <sys/socket.h>

#include <cerrno>

#include "common/os_error.h"
#include "common/unique_fd.h"

namespace proctor::bench {

absl::StatusOr<int> FreePort() {
  const UniqueFd socket(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!socket.valid()) return OsErrorStatus("socket", errno);
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  sockaddr* generic = reinterpret_cast<sockaddr*>(&address);
  if (::bind(socket.get(), generic, size) != 0) return OsErrorStatus("bind", errno);
  if (::getsockname(socket.get(), generic, &size) != 0) return OsErrorStatus("getsockname", errno);
  return ntohs(address.sin_port);
}

}  // namespace proctor::bench
