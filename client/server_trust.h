#ifndef PROCTOR_CLIENT_SERVER_TRUST_H_
#define PROCTOR_CLIENT_SERVER_TRUST_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/channel_binding.h"
#include "common/mutex.h"

namespace proctor {

// What one TLS channel knows of the agent at its other end. There is one certificate in a channel's
// life: the pinned one, or else the first that was seen; every later connection, also a silent
// reconnect, must show the same. It is UNPROVEN, and good for Authenticate only, until the agent
// has proved in a handshake that the certificate is its own. Thread-safe.
class ServerTrust {
 public:
  // `pin`: the SHA-256 that the certificate must have, when that is known from elsewhere. Empty:
  // any, until it is proved.
  explicit ServerTrust(std::string pin) : pin_(std::move(pin)) {}

  // Of a new connection whose server showed `certificate_pem`. UNAUTHENTICATED when it must not be
  // used.
  absl::Status CheckConnection(absl::string_view certificate_pem);
  // Of a call about to be sent on a connection with that certificate.
  absl::Status CheckCall(absl::string_view certificate_pem, bool is_authenticate);
  // The agent has proved that the certificate is its own.
  void Prove();

  // What the handshake is bound to. FAILED_PRECONDITION before the first connection.
  absl::StatusOr<std::string> binding() const;
  // Why the last connection was refused; OK when it was not. gRPC tells only that there is none.
  absl::Status last_error() const;

 private:
  enum class State { kUnseen, kUnproven, kProven };

  absl::Status Check(absl::string_view certificate_pem) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const std::string pin_;
  mutable Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kUnseen;
  CertificateHashes hashes_ ABSL_GUARDED_BY(mutex_);
  // The certificate as text: a call's is compared with it, not parsed.
  std::string accepted_pem_ ABSL_GUARDED_BY(mutex_);
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_SERVER_TRUST_H_
