#include "agent/caller/linux/tls_listener.h"

#include <arpa/inet.h>
#include <fcntl.h>
// In place of netinet/tcp.h, whose tcp_info ends before the bytes received.
#include <linux/tcp.h>
#include <netdb.h>
#include <netinet/in.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/caller/connection_audit.h"
#include "agent/caller/peer_address.h"
#include "common/os_error.h"

namespace proctor {
namespace {

// Out of descriptors: how long new connections stay in the backlog before the next attempt.
constexpr int kAcceptPauseMs = 100;
// Connections taken in one go, so that a flood of them does not keep the ends of others unseen.
constexpr int kAcceptBatch = 64;
// How often strangers are looked at: what one sends meanwhile is more than it may.
constexpr int kStrangerTickMs = 20;
// While there is none; a session that ends makes one.
constexpr int kIdleTickMs = 1000;

class Duplicate final : public AcceptedConnection {
 public:
  explicit Duplicate(UniqueFd fd) : fd_(std::move(fd)) {}

  void Shut() override { ::shutdown(fd_.get(), SHUT_RDWR); }

  uint64_t BytesReceived() const override {
    tcp_info info = {};
    socklen_t size = sizeof(info);
    if (::getsockopt(fd_.get(), IPPROTO_TCP, TCP_INFO, &info, &size) != 0) return 0;
    return info.tcpi_bytes_received;
  }

 private:
  const UniqueFd fd_;
};

// As grpc::ServerContext::peer() spells it, with a mapped IPv4 address as what it is.
std::string PeerOf(const sockaddr_storage& address) {
  char text[INET6_ADDRSTRLEN] = "";
  if (address.ss_family == AF_INET) {
    const auto& v4 = reinterpret_cast<const sockaddr_in&>(address);
    ::inet_ntop(AF_INET, &v4.sin_addr, text, sizeof(text));
    return absl::StrCat("ipv4:", text, ":", ntohs(v4.sin_port));
  }
  const auto& v6 = reinterpret_cast<const sockaddr_in6&>(address);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) {
    ::inet_ntop(AF_INET, &v6.sin6_addr.s6_addr[12], text, sizeof(text));
    return absl::StrCat("ipv4:", text, ":", ntohs(v6.sin6_port));
  }
  ::inet_ntop(AF_INET6, &v6.sin6_addr, text, sizeof(text));
  const std::string zone = v6.sin6_scope_id == 0 ? "" : absl::StrCat("%25", v6.sin6_scope_id);
  return absl::StrCat("ipv6:%5B", text, zone, "%5D:", ntohs(v6.sin6_port));
}

absl::StatusOr<int> PortOf(const UniqueFd& socket) {
  sockaddr_storage address = {};
  socklen_t size = sizeof(address);
  if (::getsockname(socket.get(), reinterpret_cast<sockaddr*>(&address), &size) != 0) {
    return OsErrorStatus("getsockname", errno);
  }
  // At the same place in both families.
  return ntohs(reinterpret_cast<const sockaddr_in&>(address).sin_port);
}

// `port` in place of the address's own when it is not 0.
absl::StatusOr<UniqueFd> Bind(const addrinfo& info, int port) {
  UniqueFd socket(::socket(info.ai_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!socket.valid()) return OsErrorStatus("socket", errno);
  const int on = 1;
  const int off = 0;
  ::setsockopt(socket.get(), SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
  if (info.ai_family == AF_INET6) {
    ::setsockopt(socket.get(), IPPROTO_IPV6, IPV6_V6ONLY, &off, sizeof(off));
  }
  sockaddr_storage address = {};
  std::memcpy(&address, info.ai_addr, info.ai_addrlen);
  if (port != 0) {
    reinterpret_cast<sockaddr_in&>(address).sin_port = htons(static_cast<uint16_t>(port));
  }
  if (::bind(socket.get(), reinterpret_cast<sockaddr*>(&address), info.ai_addrlen) != 0) {
    return OsErrorStatus("bind", errno);
  }
  if (::listen(socket.get(), SOMAXCONN) != 0) return OsErrorStatus("listen", errno);
  return socket;
}

absl::Status CannotListen(const std::string& address, absl::string_view why) {
  return absl::UnavailableError(absl::StrCat("cannot listen on ", address, ": ", why));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsListener>> TlsListener::Start(const std::string& address,
                                                                TlsConnections* connections,
                                                                Handler handler) {
  std::unique_ptr<TlsListener> listener(new TlsListener(connections, std::move(handler)));
  if (absl::Status opened = listener->Open(address); !opened.ok()) return opened;
  listener->epoll_ = UniqueFd(::epoll_create1(EPOLL_CLOEXEC));
  listener->wake_ = UniqueFd(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!listener->epoll_.valid() || !listener->wake_.valid() ||
      !listener->Watch(listener->wake_.get(), EPOLLIN) || !listener->WatchSockets()) {
    return OsErrorStatus("epoll", errno);
  }
  listener->thread_ = std::thread([raw = listener.get()] { raw->Loop(); });
  return listener;
}

absl::Status TlsListener::Open(const std::string& address) {
  const size_t colon = address.rfind(':');
  if (colon == std::string::npos) return CannotListen(address, "it has no port");
  absl::string_view host = absl::string_view(address).substr(0, colon);
  absl::ConsumePrefix(&host, "[");
  absl::ConsumeSuffix(&host, "]");
  addrinfo hints = {};
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_PASSIVE;
  addrinfo* found = nullptr;
  const int error = ::getaddrinfo(host.empty() ? nullptr : std::string(host).c_str(),
                                  address.c_str() + colon + 1, &hints, &found);
  if (error != 0) return CannotListen(address, ::gai_strerror(error));
  const absl::Cleanup free = [found] { ::freeaddrinfo(found); };
  absl::Status missing = absl::NotFoundError("the name has no address");
  for (const addrinfo* info = found; info != nullptr; info = info->ai_next) {
    absl::StatusOr<UniqueFd> socket = Bind(*info, port_);
    if (!socket.ok()) {
      // A name may stand for an address that this machine has not, localhost without IPv6.
      missing = socket.status();
      const int code = GetOsError(missing).value_or(OsError()).code;
      if (code == EADDRNOTAVAIL || code == EAFNOSUPPORT) continue;
      return CannotListen(address, missing.message());
    }
    const absl::StatusOr<int> port = PortOf(*socket);
    if (!port.ok()) return port.status();
    port_ = *port;
    sockets_.push_back(*std::move(socket));
  }
  return sockets_.empty() ? CannotListen(address, missing.message()) : absl::OkStatus();
}

TlsListener::~TlsListener() {
  stopping_ = true;
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(wake_.get(), &one, sizeof(one));
  if (thread_.joinable()) thread_.join();
  for (const auto& [fd, peer] : peers_) connections_->Ended(peer);
}

bool TlsListener::Watch(int fd, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.fd = fd;
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

bool TlsListener::WatchSockets() {
  for (const UniqueFd& socket : sockets_) {
    if (!Watch(socket.get(), EPOLLIN)) return false;
  }
  accepting_ = true;
  return true;
}

void TlsListener::Loop() {
  epoll_event events[64];
  while (!stopping_) {
    const size_t strangers = connections_->ShutOverdue();
    int wait = strangers > 0 ? kStrangerTickMs : peers_.empty() ? -1 : kIdleTickMs;
    if (!accepting_) wait = kAcceptPauseMs;
    const int count = ::epoll_wait(epoll_.get(), events, 64, wait);
    if (!accepting_) WatchSockets();
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (peers_.contains(fd)) {
        Ended(fd);
      } else if (fd != wake_.get()) {
        AcceptFrom(fd);
      }
    }
  }
}

void TlsListener::AcceptFrom(int socket) {
  for (int taken = 0; taken < kAcceptBatch; ++taken) {
    sockaddr_storage address = {};
    socklen_t size = sizeof(address);
    UniqueFd connection(::accept4(socket, reinterpret_cast<sockaddr*>(&address), &size,
                                  SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection.valid()) {
      Admit(std::move(connection), PeerOf(address));
      continue;
    }
    if (errno == EAGAIN) return;
    // Errors of the connection itself, accept(2).
    if (errno != EMFILE && errno != ENFILE && errno != ENOBUFS && errno != ENOMEM) continue;
    // They leave the connection in the backlog, and a level-triggered descriptor would spin: look
    // away for a moment.
    for (const UniqueFd& one : sockets_) {
      ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, one.get(), nullptr);
    }
    accepting_ = false;
    return;
  }
}

void TlsListener::Admit(UniqueFd connection, const std::string& peer) {
  UniqueFd duplicate(::fcntl(connection.get(), F_DUPFD_CLOEXEC, 0));
  const int key = duplicate.get();
  if (!duplicate.valid()) return;
  absl::Status begun = connections_->Begin(peer, std::make_unique<Duplicate>(std::move(duplicate)));
  if (!begun.ok()) return AuditRefusedConnection(PeerNetwork(peer), begun);
  // The peer's end of the stream is the connection's end, as it is to gRPC.
  if (!Watch(key, EPOLLRDHUP)) return connections_->Ended(peer);
  peers_.emplace(key, peer);
  const int on = 1;
  ::setsockopt(connection.get(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  handler_(std::move(connection));
}

void TlsListener::Ended(int duplicate) {
  const auto found = peers_.find(duplicate);
  // Explicitly: gRPC's own descriptor may still hold the socket, and with it the registration.
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, duplicate, nullptr);
  connections_->Ended(found->second);
  peers_.erase(found);
}

}  // namespace proctor
