#include "common/linux/seqpacket_socket.h"

#include <fcntl.h>
#include <google/protobuf/message_lite.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "common/erase_secret.h"
#include "common/linux/sealed_memfd.h"
#include "common/os_error.h"
#include "common/unix_socket.h"

namespace proctor {
namespace {

constexpr size_t kMaxInline = 64 * 1024;
constexpr off_t kMaxMessage = 256 << 20;
constexpr size_t kMaxFds = 8;

// The first byte of a datagram says where the message is.
constexpr char kInline = 0;
constexpr char kInMemfd = 1;

absl::StatusOr<sockaddr_un> Address(const std::string& path) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  static_assert(kMaxSocketPath < sizeof(address.sun_path));
  if (path.size() > kMaxSocketPath) {
    return absl::InvalidArgumentError(
        absl::StrCat("socket path is longer than ", kMaxSocketPath, " bytes: ", path));
  }
  std::memcpy(address.sun_path, path.data(), path.size());
  return address;
}

absl::StatusOr<UniqueFd> NewSocket() {
  UniqueFd fd(::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return OsErrorStatus("socket", errno);
  return fd;
}

absl::StatusOr<std::string> ReadMemfd(int fd) {
  struct stat info;
  if (::fstat(fd, &info) != 0) return OsErrorStatus("fstat", errno, "memfd");
  if (!S_ISREG(info.st_mode) || info.st_size > kMaxMessage) {
    return absl::DataLossError("message descriptor is not a bounded memfd");
  }
  std::string bytes(static_cast<size_t>(info.st_size), '\0');
  size_t done = 0;
  while (done < bytes.size()) {
    const ssize_t n = ::pread(fd, &bytes[done], bytes.size() - done, static_cast<off_t>(done));
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return absl::DataLossError("message memfd ended early");
    done += static_cast<size_t>(n);
  }
  return bytes;
}

absl::Status SendDatagram(int socket, char marker, const std::string& bytes,
                          absl::Span<const int> fds) {
  iovec parts[2] = {{&marker, 1}, {const_cast<char*>(bytes.data()), bytes.size()}};
  msghdr header = {};
  header.msg_iov = parts;
  header.msg_iovlen = 2;
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxFds)] = {};
  if (!fds.empty()) {
    header.msg_control = control;
    header.msg_controllen = CMSG_SPACE(sizeof(int) * fds.size());
    cmsghdr* rights = CMSG_FIRSTHDR(&header);
    rights->cmsg_level = SOL_SOCKET;
    rights->cmsg_type = SCM_RIGHTS;
    rights->cmsg_len = CMSG_LEN(sizeof(int) * fds.size());
    std::memcpy(CMSG_DATA(rights), fds.data(), sizeof(int) * fds.size());
  }
  while (::sendmsg(socket, &header, MSG_NOSIGNAL) < 0) {
    if (errno == EINTR) continue;
    return OsErrorStatus("sendmsg", errno);
  }
  return absl::OkStatus();
}

std::vector<UniqueFd> TakeFds(msghdr* header) {
  std::vector<UniqueFd> fds;
  for (cmsghdr* c = CMSG_FIRSTHDR(header); c != nullptr; c = CMSG_NXTHDR(header, c)) {
    if (c->cmsg_level != SOL_SOCKET || c->cmsg_type != SCM_RIGHTS) continue;
    const size_t count = (c->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; ++i) {
      int fd;
      std::memcpy(&fd, CMSG_DATA(c) + i * sizeof(int), sizeof(int));
      fds.emplace_back(fd);
    }
  }
  return fds;
}

}  // namespace

absl::StatusOr<SeqpacketSocket> SeqpacketSocket::Connect(const std::string& path) {
  absl::StatusOr<sockaddr_un> address = Address(path);
  if (!address.ok()) return address.status();
  absl::StatusOr<UniqueFd> fd = NewSocket();
  if (!fd.ok()) return fd.status();
  if (::connect(fd->get(), reinterpret_cast<sockaddr*>(&*address), sizeof(*address)) != 0) {
    return OsErrorStatus(absl::StatusCode::kUnavailable, "connect", errno, path);
  }
  return SeqpacketSocket(*std::move(fd));
}

absl::StatusOr<UniqueFd> SeqpacketSocket::Listen(const std::string& path) {
  absl::StatusOr<sockaddr_un> address = Address(path);
  if (!address.ok()) return address.status();
  absl::StatusOr<UniqueFd> fd = NewSocket();
  if (!fd.ok()) return fd.status();
  if (::unlink(path.c_str()) != 0 && errno != ENOENT) return OsErrorStatus("unlink", errno, path);
  // The mode of the descriptor becomes the mode of the socket file, so there is no moment at which
  // the file stands open to others.
  if (::fchmod(fd->get(), 0600) != 0) return OsErrorStatus("fchmod", errno, path);
  if (::bind(fd->get(), reinterpret_cast<sockaddr*>(&*address), sizeof(*address)) != 0) {
    return OsErrorStatus("bind", errno, path);
  }
  if (::chmod(path.c_str(), 0600) != 0) return OsErrorStatus("chmod", errno, path);
  if (::listen(fd->get(), 4) != 0) return OsErrorStatus("listen", errno, path);
  return fd;
}

absl::Status SeqpacketSocket::Send(const google::protobuf::MessageLite& message,
                                   absl::Span<const int> fds) const {
  std::string bytes;
  const absl::Cleanup erase = [&bytes] { EraseSecret(&bytes); };  // A password, an environment.
  if (!message.SerializeToString(&bytes))
    return absl::InternalError("message cannot be serialised");
  if (fds.size() > kMaxFds) return absl::InternalError("too many descriptors in one message");
  if (bytes.size() <= kMaxInline) return SendDatagram(fd_.get(), kInline, bytes, fds);
  absl::StatusOr<UniqueFd> memfd = SealedMemfd("proctor-message", bytes);
  if (!memfd.ok()) return memfd.status();
  std::vector<int> all(fds.begin(), fds.end());
  all.push_back(memfd->get());
  if (all.size() > kMaxFds) return absl::InternalError("too many descriptors in one message");
  return SendDatagram(fd_.get(), kInMemfd, "", all);
}

absl::Status SeqpacketSocket::SendBlocking(const google::protobuf::MessageLite& message,
                                           absl::Span<const int> fds, int timeout_ms) const {
  while (true) {
    const absl::Status sent = Send(message, fds);
    const absl::optional<OsError> error = GetOsError(sent);
    if (!error.has_value() || error->code != EAGAIN) return sent;
    pollfd wait = {fd_.get(), POLLOUT, 0};
    const int ready = ::poll(&wait, 1, timeout_ms);
    if (ready == 0) return sent;
    if (ready < 0 && errno != EINTR) return OsErrorStatus("poll", errno);
  }
}

absl::StatusOr<Datagram> SeqpacketSocket::Receive() const {
  static_assert(kMaxInline + 1 <= 128 * 1024);
  thread_local std::string buffer(kMaxInline + 1, '\0');
  iovec part = {buffer.data(), buffer.size()};
  alignas(cmsghdr) char control[CMSG_SPACE(sizeof(int) * kMaxFds)];
  msghdr header = {};
  header.msg_iov = &part;
  header.msg_iovlen = 1;
  header.msg_control = control;
  header.msg_controllen = sizeof(control);
  ssize_t received;
  do {
    received = ::recvmsg(fd_.get(), &header, MSG_CMSG_CLOEXEC);
  } while (received < 0 && errno == EINTR);
  if (received < 0) return OsErrorStatus("recvmsg", errno);
  Datagram datagram;
  datagram.fds = TakeFds(&header);
  if (received == 0) return absl::UnavailableError("the peer closed the connection");
  if ((header.msg_flags & (MSG_TRUNC | MSG_CTRUNC)) != 0) {
    return absl::DataLossError("truncated message");
  }
  if (buffer[0] == kInline) {
    datagram.bytes.assign(buffer, 1, static_cast<size_t>(received) - 1);
    ::explicit_bzero(buffer.data(), static_cast<size_t>(received));
    return datagram;
  }
  if (buffer[0] != kInMemfd || datagram.fds.empty()) return absl::DataLossError("unknown framing");
  absl::StatusOr<std::string> bytes = ReadMemfd(datagram.fds.back().get());
  if (!bytes.ok()) return bytes.status();
  datagram.fds.pop_back();
  datagram.bytes = *std::move(bytes);
  return datagram;
}

absl::StatusOr<PeerCredentials> SeqpacketSocket::Peer() const {
  ucred credentials;
  socklen_t size = sizeof(credentials);
  if (::getsockopt(fd_.get(), SOL_SOCKET, SO_PEERCRED, &credentials, &size) != 0) {
    return OsErrorStatus("getsockopt SO_PEERCRED", errno);
  }
  return PeerCredentials{credentials.pid, credentials.uid, credentials.gid};
}

}  // namespace proctor
