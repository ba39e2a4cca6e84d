#ifndef PROCTOR_CLIENT_SERVER_TRUST_H_
#define PROCTOR_CLIENT_SERVER_TRUST_H_

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/trust_policy.h"
#include "common/channel_binding.h"
#include "common/mutex.h"

namespace proctor {

// What one TLS channel knows of the agent at its other end. There is one certificate in a channel's
// life: the pinned one, or else the first that was seen; every later connection, also a silent
// reconnect, must show the same. It is UNPROVEN, and good for Authenticate only, until the agent
// has proved in a handshake that the certificate is its own; also where a pin or an authority
// vouches for it, since there is no session before that. Thread-safe.
class ServerTrust {
 public:
  explicit ServerTrust(TrustPolicy policy) : policy_(std::move(policy)) {}

  // Of a new connection whose server showed `certificate_pem`, in `chain_pem` with what it sent
  // beside it. UNAUTHENTICATED when it must not be used.
  absl::Status CheckConnection(absl::string_view certificate_pem, absl::string_view chain_pem);
  // Of a call about to be sent on a connection with that certificate.
  absl::Status CheckCall(absl::string_view certificate_pem, bool is_authenticate);
  // The agent has proved that the certificate is its own.
  void Prove();
  bool proven() const;

  // What the handshake is bound to. FAILED_PRECONDITION before the first connection.
  absl::StatusOr<std::string> binding() const;
  // The SHA-256 of the certificate, in the same way.
  absl::StatusOr<std::string> certificate_sha256() const;
  const TrustPolicy& policy() const { return policy_; }
  // A connection showed another certificate than the one before: the agent's was replaced, or
  // somebody else is there. This channel is of no more use.
  bool certificate_changed() const;
  // Why the last connection was refused; OK when it was not. gRPC tells only that there is none.
  absl::Status last_error() const;

 private:
  enum class State { kUnseen, kUnproven, kProven };

  absl::Status Check(absl::string_view certificate_pem, absl::string_view chain_pem)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const TrustPolicy policy_;
  mutable Mutex mutex_;
  State state_ ABSL_GUARDED_BY(mutex_) = State::kUnseen;
  CertificateHashes hashes_ ABSL_GUARDED_BY(mutex_);
  // The certificate as text: a call's is compared with it, not parsed.
  std::string accepted_pem_ ABSL_GUARDED_BY(mutex_);
  bool changed_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status last_error_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_SERVER_TRUST_H_
