#ifndef PROCTOR_TESTS_HOSTILE_RAW_CONNECTION_H_
#define PROCTOR_TESTS_HOSTILE_RAW_CONNECTION_H_

#include <openssl/ssl.h>

#include <chrono>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/unique_fd.h"

namespace proctor {

// A stream of bytes to the agent: a Unix socket, or TLS that trusts whatever comes. Not
// thread-safe. Closed by the destructor, without a word.
class RawConnection {
 public:
  // `target`: the path of a Unix socket, or "127.0.0.1:PORT" for TLS.
  static absl::StatusOr<RawConnection> Open(const std::string& target);

  // What of `bytes` the socket takes at once, perhaps nothing.
  size_t TrySend(absl::string_view bytes);
  // Waits until all of it is sent. False when the other end has closed, or takes nothing for
  // `patience`.
  bool Send(absl::string_view bytes, std::chrono::milliseconds patience = std::chrono::seconds(2));
  // Reads what is there into received(), up to a bound beyond which the oldest is dropped.
  void Receive();
  // The same, and waits until the other end has closed or `patience` is over; whether it has.
  bool AwaitClose(std::chrono::milliseconds patience);

  bool closed() const { return closed_; }
  const std::string& received() const { return received_; }
  int fd() const { return fd_.get(); }

 private:
  explicit RawConnection(UniqueFd fd) : fd_(std::move(fd)) {}
  absl::Status StartTls();
  // Until the socket is ready for `events`.
  bool Wait(short events, std::chrono::milliseconds patience);

  struct FreeSsl {
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  UniqueFd fd_;
  std::unique_ptr<SSL, FreeSsl> ssl_;  // Null on a Unix socket.
  std::string received_;
  bool closed_ = false;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_HOSTILE_RAW_CONNECTION_H_
