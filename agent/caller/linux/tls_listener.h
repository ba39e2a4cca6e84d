#ifndef PROCTOR_AGENT_CALLER_LINUX_TLS_LISTENER_H_
#define PROCTOR_AGENT_CALLER_LINUX_TLS_LISTENER_H_

#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/status/statusor.h"
#include "agent/caller/tls_connections.h"
#include "common/unique_fd.h"

namespace proctor {

// Accepts TCP connections for a TLS server, on a thread of its own, before a byte of them is read:
// what is beyond the bounds costs an accept and a close. A duplicate of each connection's
// descriptor stays here to see its end, and to end it.
class TlsListener {
 public:
  // Runs on the listener's thread and must not block. The descriptor is non-blocking.
  using Handler = std::function<void(UniqueFd)>;

  // Binds all addresses of `address`, "host:port" or "[host]:port"; port 0 takes any free one.
  // UNAVAILABLE when one cannot be bound. `connections` must outlive the listener.
  static absl::StatusOr<std::unique_ptr<TlsListener>> Start(const std::string& address,
                                                            TlsConnections* connections,
                                                            Handler handler);
  // Stops accepting, and looking after the connections, which stay open.
  ~TlsListener();
  TlsListener(const TlsListener&) = delete;
  TlsListener& operator=(const TlsListener&) = delete;

  int port() const { return port_; }

 private:
  TlsListener(TlsConnections* connections, Handler handler)
      : connections_(connections), handler_(std::move(handler)) {}

  absl::Status Open(const std::string& address);
  bool Watch(int fd, uint32_t events);
  void Loop();
  bool WatchSockets();
  void AcceptFrom(int socket);
  void Admit(UniqueFd connection, const std::string& peer);
  void Ended(int duplicate);

  TlsConnections* const connections_;
  const Handler handler_;
  int port_ = 0;
  std::vector<UniqueFd> sockets_;
  UniqueFd epoll_;
  UniqueFd wake_;
  std::atomic<bool> stopping_{false};
  bool accepting_ = true;
  absl::flat_hash_map<int, std::string> peers_;  // By duplicate; the thread's own.
  std::thread thread_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_LINUX_TLS_LISTENER_H_
