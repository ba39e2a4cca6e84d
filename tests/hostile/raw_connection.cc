#include "tests/hostile/raw_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cerrno>
#include <cstring>
#include <ctime>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

constexpr size_t kMaxReceived = 1 << 20;
constexpr std::chrono::seconds kHandshakePatience(5);

// OpenSSL writes to a socket that the other end may have closed. The signal is not ignored, since
// programs that the test starts would inherit that.
class SigpipeBlock {
 public:
  SigpipeBlock() {
    sigemptyset(&pipe_);
    sigaddset(&pipe_, SIGPIPE);
    ::pthread_sigmask(SIG_BLOCK, &pipe_, &before_);
  }
  ~SigpipeBlock() {
    const timespec at_once = {};
    ::sigtimedwait(&pipe_, nullptr, &at_once);
    ::pthread_sigmask(SIG_SETMASK, &before_, nullptr);
  }
  SigpipeBlock(const SigpipeBlock&) = delete;
  SigpipeBlock& operator=(const SigpipeBlock&) = delete;

 private:
  sigset_t pipe_;
  sigset_t before_;
};

SSL_CTX* TlsContext() {
  static SSL_CTX* const context = [] {
    SSL_CTX* made = SSL_CTX_new(TLS_client_method());
    static constexpr unsigned char kAlpn[] = "\x02h2";
    SSL_CTX_set_alpn_protos(made, kAlpn, 3);
    SSL_CTX_set_mode(made, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    return made;
  }();
  return context;
}

absl::StatusOr<UniqueFd> ConnectUnix(const std::string& path) {
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, path.c_str(), sizeof(address.sun_path) - 1);
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return absl::ErrnoToStatus(errno, "connect");
  }
  return fd;
}

absl::StatusOr<UniqueFd> ConnectTcp(const std::string& target) {
  const size_t colon = target.rfind(':');
  sockaddr_in address = {};
  address.sin_family = AF_INET;
  uint32_t port = 0;
  if (colon == std::string::npos || !absl::SimpleAtoi(target.substr(colon + 1), &port) ||
      ::inet_pton(AF_INET, target.substr(0, colon).c_str(), &address.sin_addr) != 1) {
    return absl::InvalidArgumentError(target);
  }
  address.sin_port = htons(static_cast<uint16_t>(port));
  UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (::connect(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0 &&
      errno != EINPROGRESS) {
    return absl::ErrnoToStatus(errno, "connect");
  }
  return fd;
}

}  // namespace

absl::StatusOr<RawConnection> RawConnection::Open(const std::string& target) {
  const bool local = !target.empty() && target[0] == '/';
  absl::StatusOr<UniqueFd> fd = local ? ConnectUnix(target) : ConnectTcp(target);
  if (!fd.ok()) return fd.status();
  RawConnection connection(*std::move(fd));
  if (!local) {
    if (absl::Status secured = connection.StartTls(); !secured.ok()) return secured;
  }
  return connection;
}

absl::Status RawConnection::StartTls() {
  const SigpipeBlock block;
  ssl_.reset(SSL_new(TlsContext()));
  SSL_set_fd(ssl_.get(), fd_.get());
  for (;;) {
    const int done = SSL_connect(ssl_.get());
    if (done == 1) return absl::OkStatus();
    const int error = SSL_get_error(ssl_.get(), done);
    if (error != SSL_ERROR_WANT_READ && error != SSL_ERROR_WANT_WRITE) {
      return absl::UnavailableError("TLS handshake");
    }
    if (!Wait(error == SSL_ERROR_WANT_READ ? POLLIN : POLLOUT, kHandshakePatience)) {
      return absl::DeadlineExceededError("TLS handshake");
    }
  }
}

bool RawConnection::Wait(short events, std::chrono::milliseconds patience) {
  pollfd wait = {fd_.get(), events, 0};
  return ::poll(&wait, 1, static_cast<int>(patience.count())) > 0;
}

size_t RawConnection::TrySend(absl::string_view bytes) {
  if (closed_ || bytes.empty()) return 0;
  if (ssl_ == nullptr) {
    const ssize_t n = ::send(fd_.get(), bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n >= 0) return static_cast<size_t>(n);
    closed_ = errno != EAGAIN && errno != EINTR;
    return 0;
  }
  const SigpipeBlock block;
  const int n = SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size()));
  if (n > 0) return static_cast<size_t>(n);
  const int error = SSL_get_error(ssl_.get(), n);
  closed_ = error != SSL_ERROR_WANT_WRITE && error != SSL_ERROR_WANT_READ;
  return 0;
}

bool RawConnection::Send(absl::string_view bytes, std::chrono::milliseconds patience) {
  while (!bytes.empty()) {
    const size_t sent = TrySend(bytes);
    bytes.remove_prefix(sent);
    if (closed_) return false;
    if (sent == 0 && !Wait(POLLOUT, patience)) return false;
  }
  return true;
}

void RawConnection::Receive() {
  char buffer[16384];
  while (!closed_) {
    ssize_t n = 0;
    if (ssl_ == nullptr) {
      n = ::recv(fd_.get(), buffer, sizeof(buffer), 0);
      if (n < 0 && (errno == EAGAIN || errno == EINTR)) return;
    } else {
      const SigpipeBlock block;
      n = SSL_read(ssl_.get(), buffer, sizeof(buffer));
      if (n <= 0 && SSL_get_error(ssl_.get(), static_cast<int>(n)) == SSL_ERROR_WANT_READ) return;
    }
    if (n <= 0) {
      closed_ = true;
      return;
    }
    received_.append(buffer, static_cast<size_t>(n));
    if (received_.size() > kMaxReceived) received_.erase(0, received_.size() - kMaxReceived);
  }
}

bool RawConnection::AwaitClose(std::chrono::milliseconds patience) {
  const auto deadline = std::chrono::steady_clock::now() + patience;
  for (;;) {
    Receive();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        deadline - std::chrono::steady_clock::now());
    if (closed_ || left.count() <= 0) return closed_;
    Wait(POLLIN, left);
  }
}

}  // namespace proctor
