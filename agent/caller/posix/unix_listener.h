#ifndef PROCTOR_AGENT_CALLER_POSIX_UNIX_LISTENER_H_
#define PROCTOR_AGENT_CALLER_POSIX_UNIX_LISTENER_H_

#include <sys/types.h>

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>

#include "absl/container/flat_hash_map.h"
#include "absl/container/flat_hash_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/caller/user_bounds.h"
#include "agent/token/anonymous_caller.h"
#include "common/mutex.h"
#include "common/posix/file_identity.h"
#include "common/unique_fd.h"

namespace proctor {

// Accepts local callers on a Unix socket, on a thread of its own, and counts each user's open
// connections. The connection itself is given away; a duplicate of its descriptor stays here to see
// the end of it. Whoever comes faster than the bounds allow costs an accept and a close, so that
// others behind in the backlog do not wait.
class UnixListener {
 public:
  struct Options {
    std::string path;
    mode_t mode = 0666;
    UserBounds* bounds = nullptr;  // Must outlive the listener.
  };
  // Both run on the listener's thread and must not block. The descriptor is non-blocking.
  struct Handler {
    std::function<void(UniqueFd, AnonymousCaller)> on_connection;
    // The caller is over its bound, or cannot be named; `reason` says so. A few a second of each
    // user: the others are closed and never seen.
    std::function<void(UniqueFd, const absl::Status& reason)> on_refused;
  };

  // Listens from now on. Replaces a socket file at the path: the caller holds the lock that says
  // that nobody else serves it.
  static absl::StatusOr<std::unique_ptr<UnixListener>> Start(Options options, Handler handler);
  // Stops accepting and removes the socket file, if it is still this one's. Open connections are
  // not touched.
  ~UnixListener();
  UnixListener(const UnixListener&) = delete;
  UnixListener& operator=(const UnixListener&) = delete;

  // Makes the socket file anew when it was removed or replaced. One thread at a time.
  absl::Status Renew();

 private:
  struct Tracked {
    UniqueFd duplicate;
    std::string user;
  };

  UnixListener(Options options, Handler handler, UniqueFd socket, UniqueFd epoll, UniqueFd wake);

  void Loop();
  void Wake();
  void AcceptAll(int at_most);
  // Goes over to the socket that Renew has made, if there is one.
  void TakeRenewed();
  void Admit(UniqueFd connection);
  // OK: the connection is counted, and watched for its end.
  absl::Status Track(const UniqueFd& connection, const std::string& user);
  void Refuse(UniqueFd connection, const std::string& user, const absl::Status& reason);
  // Asks the thread to close all connections of `user`. Thread-safe.
  void Disconnect(const std::string& user);
  void ShutDisconnected();
  void Ended(int duplicate);
  bool Watch(int fd, uint32_t events);

  const Options options_;
  const Handler handler_;
  UniqueFd socket_;
  UniqueFd epoll_;
  UniqueFd wake_;
  uid_t overflow_uid_ = 65534;
  bool accepting_ = true;
  std::atomic<bool> stopping_{false};
  FileIdentity file_;  // Of the socket at options_.path.
  Mutex mutex_;
  UniqueFd renewed_ ABSL_GUARDED_BY(mutex_);
  absl::flat_hash_set<std::string> disconnected_ ABSL_GUARDED_BY(mutex_);  // Users.
  absl::flat_hash_map<int, Tracked> tracked_;  // By duplicate; the thread's own.
  std::thread thread_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_POSIX_UNIX_LISTENER_H_
