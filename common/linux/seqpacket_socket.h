#ifndef PROCTOR_COMMON_LINUX_SEQPACKET_SOCKET_H_
#define PROCTOR_COMMON_LINUX_SEQPACKET_SOCKET_H_

#include <sys/types.h>

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/span.h"
#include "common/unique_fd.h"

namespace google::protobuf {
class MessageLite;
}

namespace proctor {

// One received message.
struct Datagram {
  std::string bytes;          // The serialised protobuf message.
  std::vector<UniqueFd> fds;  // What came with it, close-on-exec.
};

struct PeerCredentials {
  pid_t pid = 0;
  uid_t uid = 0;
  gid_t gid = 0;
};

// A connected SOCK_SEQPACKET Unix socket that carries protobuf messages and descriptors
// (SCM_RIGHTS). Messages are atomic, so any number of threads may Send at once; one thread
// receives. A message above 64 KiB travels in a sealed memfd, since the kernel bounds a datagram by
// the socket buffer. The descriptor is non-blocking and close-on-exec.
class SeqpacketSocket {
 public:
  explicit SeqpacketSocket(UniqueFd fd) : fd_(std::move(fd)) {}

  // kUnavailable when nobody listens at `path`.
  static absl::StatusOr<SeqpacketSocket> Connect(const std::string& path);
  // A listening, non-blocking, close-on-exec socket at `path` with mode 0600. Replaces a stale
  // socket file; the caller must hold whatever lock says that it is stale.
  static absl::StatusOr<UniqueFd> Listen(const std::string& path);

  // Never blocks. kResourceExhausted (EAGAIN) when the peer does not read fast enough: poll for
  // POLLOUT and send again; kUnavailable when the peer is gone. `fds` stay the caller's.
  absl::Status Send(const google::protobuf::MessageLite& message,
                    absl::Span<const int> fds = {}) const;
  // Send, waiting for room for at most `timeout_ms`.
  absl::Status SendBlocking(const google::protobuf::MessageLite& message, absl::Span<const int> fds,
                            int timeout_ms) const;

  // Never blocks. kResourceExhausted (EAGAIN) when there is nothing to read, kUnavailable at the
  // end of the connection, kDataLoss for a message that is not of this protocol.
  absl::StatusOr<Datagram> Receive() const;

  // SO_PEERCRED: the process that connected, or that called listen(2).
  absl::StatusOr<PeerCredentials> Peer() const;

  int fd() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_SEQPACKET_SOCKET_H_
