#ifndef PROCTOR_AGENT_CALLER_MECHANISM_H_
#define PROCTOR_AGENT_CALLER_MECHANISM_H_

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/token/caller_token.h"
#include "proctor/v1/authentication.pb.h"

namespace proctor {

// What a handshake starts from; checked already.
struct HandshakeTerms {
  std::string peer;          // gRPC's peer(): "ipv4:127.0.0.1:51000"
  std::string binding;       // "tls-server-end-point" of the certificate, as both ends see it.
  std::string client_nonce;  // kNonceSize bytes.
};

// What one leg of a handshake came to.
struct HandshakeStep {
  // Set by the last leg only: who the caller is. Where its authentication() has an end, the session
  // does not outlive it.
  std::shared_ptr<const CallerToken> caller;
  // To be sent. In the last leg its `session` holds what the mechanism adds to it (a proof);
  // whoever opens the session fills in the rest.
  v1::AuthenticateResponse response;
};

// One caller's handshake by one mechanism. Used by one thread at a time.
class Handshake {
 public:
  using Done = std::function<void(absl::StatusOr<HandshakeStep>)>;

  virtual ~Handshake() = default;

  // Takes the client's next message, the first one included. `done` is called once, on this thread
  // or on another (a HandshakeWorkers', when it may block); never under a lock. The handshake
  // outlives that call, whatever becomes of the client meanwhile. The error is what the client is
  // told: a mechanism that must not say what was wrong says the same UNAUTHENTICATED each time, and
  // logs the rest.
  virtual void Continue(v1::AuthenticateRequest request, Done done) = 0;
};

// A way to prove who one is. Thread-safe.
class Mechanism {
 public:
  virtual ~Mechanism() = default;

  // As clients name it: "negotiate".
  virtual absl::string_view name() const = 0;
  virtual std::unique_ptr<Handshake> Begin(HandshakeTerms terms) = 0;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_MECHANISM_H_
