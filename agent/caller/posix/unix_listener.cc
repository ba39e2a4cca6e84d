#include "agent/caller/posix/unix_listener.h"

#include <fcntl.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <fstream>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/caller/connection_audit.h"
#include "agent/caller/posix/peer_identity.h"
#include "common/failure_detail.h"
#include "common/os_error.h"
#include "common/unix_socket.h"

namespace proctor {
namespace {

// Out of descriptors: how long new connections stay in the backlog before the next attempt.
constexpr int kAcceptPauseMs = 100;
// Connections taken in one go, so that a flood of them does not keep the ends of others unseen.
constexpr int kAcceptBatch = 64;
// The backlog is one for all users and first come, first served: with the 4096 of SOMAXCONN,
// whoever connects again and again makes the others wait for 50 ms.
constexpr int kBacklog = 512;

// What the kernel reports for a peer whose user has no mapping here (user_namespaces(7)).
uid_t OverflowUid() {
  std::ifstream file("/proc/sys/kernel/overflowuid");
  uid_t uid = 65534;
  file >> uid;
  return uid;
}

absl::Status NamesNobody(uid_t overflow_uid) {
  v1::FailureDetail detail;
  detail.set_advice(
      "call as a user of your own, not as nobody; if you are one, your user namespace is not the "
      "agent's: map your uid in the agent's (uid_map; --uidmap of a container), or start an agent "
      "in yours");
  return WithFailureDetail(
      absl::PermissionDeniedError(absl::StrCat(
          "uid ", overflow_uid,
          " is the kernel's overflow uid: it stands for every user that has no mapping in the "
          "agent's user namespace, so it names nobody")),
      detail);
}

absl::StatusOr<UniqueFd> Bind(const UnixListener::Options& options) {
  sockaddr_un address = {};
  address.sun_family = AF_UNIX;
  static_assert(kMaxSocketPath < sizeof(address.sun_path));
  if (options.path.size() > kMaxSocketPath) {
    return absl::InvalidArgumentError(
        absl::StrCat("socket path is longer than ", kMaxSocketPath, " bytes: ", options.path));
  }
  std::memcpy(address.sun_path, options.path.data(), options.path.size());
  UniqueFd fd(::socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (!fd.valid()) return OsErrorStatus("socket", errno);
  if (::unlink(options.path.c_str()) != 0 && errno != ENOENT) {
    return OsErrorStatus("unlink", errno, options.path);
  }
  // bind(2) makes the file with the descriptor's mode: closed to everybody until the last step.
  if (::fchmod(fd.get(), 0600) != 0) return OsErrorStatus("fchmod", errno, options.path);
  if (::bind(fd.get(), reinterpret_cast<sockaddr*>(&address), sizeof(address)) != 0) {
    return OsErrorStatus("bind", errno, options.path);
  }
  if (::listen(fd.get(), kBacklog) != 0) return OsErrorStatus("listen", errno, options.path);
  if (::chmod(options.path.c_str(), options.mode) != 0) {
    return OsErrorStatus("chmod", errno, options.path);
  }
  return fd;
}

}  // namespace

absl::StatusOr<std::unique_ptr<UnixListener>> UnixListener::Start(Options options,
                                                                  Handler handler) {
  absl::StatusOr<UniqueFd> socket = Bind(options);
  if (!socket.ok()) return socket.status();
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return OsErrorStatus("epoll_create1", errno);
  UniqueFd wake(::eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK));
  if (!wake.valid()) return OsErrorStatus("eventfd", errno);
  std::unique_ptr<UnixListener> listener(new UnixListener(std::move(options), std::move(handler),
                                                          *std::move(socket), std::move(epoll),
                                                          std::move(wake)));
  if (!listener->Watch(listener->socket_.get(), EPOLLIN) ||
      !listener->Watch(listener->wake_.get(), EPOLLIN)) {
    return OsErrorStatus("epoll_ctl", errno);
  }
  listener->options_.bounds->OnFruitless(
      [raw = listener.get()](const std::string& user) { raw->Disconnect(user); });
  listener->thread_ = std::thread([raw = listener.get()] { raw->Loop(); });
  return listener;
}

UnixListener::UnixListener(Options options, Handler handler, UniqueFd socket, UniqueFd epoll,
                           UniqueFd wake)
    : options_(std::move(options)),
      handler_(std::move(handler)),
      socket_(std::move(socket)),
      epoll_(std::move(epoll)),
      wake_(std::move(wake)),
      overflow_uid_(OverflowUid()),
      file_(FileIdentity::Of(options_.path)) {}

UnixListener::~UnixListener() {
  options_.bounds->OnFruitless(nullptr);
  stopping_ = true;
  Wake();
  if (thread_.joinable()) thread_.join();
  for (const auto& [fd, tracked] : tracked_) options_.bounds->CloseConnection(tracked.user);
  if (FileIdentity::Of(options_.path) == file_) ::unlink(options_.path.c_str());
}

void UnixListener::Wake() {
  const uint64_t one = 1;
  [[maybe_unused]] const ssize_t ignored = ::write(wake_.get(), &one, sizeof(one));
}

absl::Status UnixListener::Renew() {
  if (FileIdentity::Of(options_.path) == file_) return absl::OkStatus();
  absl::StatusOr<UniqueFd> socket = Bind(options_);
  if (!socket.ok()) return socket.status();
  file_ = FileIdentity::Of(options_.path);
  {
    MutexLock lock(&mutex_);
    renewed_ = *std::move(socket);
  }
  Wake();
  return absl::OkStatus();
}

void UnixListener::TakeRenewed() {
  uint64_t counter;
  [[maybe_unused]] const ssize_t ignored = ::read(wake_.get(), &counter, sizeof(counter));
  UniqueFd renewed;
  {
    MutexLock lock(&mutex_);
    renewed = std::move(renewed_);
  }
  if (!renewed.valid()) return;
  AcceptAll(kBacklog + 1);  // Those that had connected to the old one.
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket_.get(), nullptr);
  socket_ = std::move(renewed);
  accepting_ = Watch(socket_.get(), EPOLLIN);
}

bool UnixListener::Watch(int fd, uint32_t events) {
  epoll_event event = {};
  event.events = events;
  event.data.fd = fd;
  return ::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

void UnixListener::Loop() {
  epoll_event events[64];
  while (!stopping_) {
    const int count = ::epoll_wait(epoll_.get(), events, 64, accepting_ ? -1 : kAcceptPauseMs);
    if (!accepting_) accepting_ = Watch(socket_.get(), EPOLLIN);
    for (int i = 0; i < count; ++i) {
      const int fd = events[i].data.fd;
      if (fd == socket_.get()) {
        AcceptAll(kAcceptBatch);
      } else if (fd == wake_.get()) {
        TakeRenewed();
        ShutDisconnected();
      } else {
        Ended(fd);
      }
    }
  }
}

void UnixListener::AcceptAll(int at_most) {
  for (int taken = 0; taken < at_most; ++taken) {
    UniqueFd connection(::accept4(socket_.get(), nullptr, nullptr, SOCK_CLOEXEC | SOCK_NONBLOCK));
    if (connection.valid()) {
      Admit(std::move(connection));
      continue;
    }
    if (errno == EINTR || errno == ECONNABORTED) continue;
    if (errno == EAGAIN) return;
    // EMFILE and its like leave the connection in the backlog, and a level-triggered descriptor
    // would spin: look away for a moment.
    ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, socket_.get(), nullptr);
    accepting_ = false;
    return;
  }
}

void UnixListener::Admit(UniqueFd connection) {
  const absl::StatusOr<uid_t> uid = PeerUid(connection.get());
  if (!uid.ok()) return Refuse(std::move(connection), "", uid.status());
  const std::string user = absl::StrCat(*uid);
  if (*uid == overflow_uid_) return Refuse(std::move(connection), user, NamesNobody(*uid));
  if (absl::Status tracked = Track(connection, user); !tracked.ok()) {
    return Refuse(std::move(connection), user, tracked);
  }
  // After the count, since the groups take longer to read than all else; the end of a connection
  // that is refused here is seen as any other.
  absl::StatusOr<AnonymousCaller> caller = PeerIdentity(connection.get());
  if (!caller.ok()) {
    // Closing alone would leave the duplicate open, and the peer waiting.
    ::shutdown(connection.get(), SHUT_RDWR);
    return Refuse(std::move(connection), user, caller.status());
  }
  handler_.on_connection(std::move(connection), *std::move(caller));
}

absl::Status UnixListener::Track(const UniqueFd& connection, const std::string& user) {
  if (absl::Status opened = options_.bounds->OpenConnection(user); !opened.ok()) return opened;
  UniqueFd duplicate(::fcntl(connection.get(), F_DUPFD_CLOEXEC, 0));
  // No events but EPOLLHUP, which always comes: when the peer has closed, or gRPC has shut down.
  if (!duplicate.valid() || !Watch(duplicate.get(), 0)) {
    const int error = errno;
    options_.bounds->CloseConnection(user);
    return OsErrorStatus("fcntl", error, "connection");
  }
  const int key = duplicate.get();
  tracked_.emplace(key, Tracked{std::move(duplicate), user});
  return absl::OkStatus();
}

void UnixListener::Refuse(UniqueFd connection, const std::string& user,
                          const absl::Status& reason) {
  AuditRefusedConnection(absl::StrCat("uid ", user), reason);
  if (options_.bounds->MayExplain(user)) handler_.on_refused(std::move(connection), reason);
}

void UnixListener::Disconnect(const std::string& user) {
  {
    MutexLock lock(&mutex_);
    disconnected_.insert(user);
  }
  Wake();
}

// gRPC sees the end of what it was given, and so does Ended.
void UnixListener::ShutDisconnected() {
  absl::flat_hash_set<std::string> users;
  {
    MutexLock lock(&mutex_);
    users.swap(disconnected_);
  }
  if (users.empty()) return;
  for (const auto& [fd, tracked] : tracked_) {
    if (users.contains(tracked.user)) ::shutdown(fd, SHUT_RDWR);
  }
}

void UnixListener::Ended(int duplicate) {
  const auto found = tracked_.find(duplicate);
  if (found == tracked_.end()) return;
  options_.bounds->CloseConnection(found->second.user);
  // Explicitly: gRPC's own descriptor may still hold the socket, and with it the registration.
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, duplicate, nullptr);
  tracked_.erase(found);
}

}  // namespace proctor
