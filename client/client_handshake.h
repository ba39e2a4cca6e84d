#ifndef PROCTOR_CLIENT_CLIENT_HANDSHAKE_H_
#define PROCTOR_CLIENT_CLIENT_HANDSHAKE_H_

#include <memory>
#include <stop_token>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "client/awaited.h"
#include "client/delegation_result.h"
#include "client/trust_policy.h"
#include "proctor/v1/authentication.pb.h"

namespace proctor {

// What a handshake starts from.
struct ClientHandshakeTerms {
  std::string binding;       // "tls-server-end-point" of the certificate that the server shows.
  std::string client_nonce;  // kNonceSize bytes.
  // The certificate is the agent's already: a CA or a pin vouches for it, or an earlier handshake
  // on this channel proved it. A password must not be sent otherwise.
  bool certificate_trusted = false;
  // Requested when nobody waits for the session any more: a handshake that blocks returns then.
  std::stop_token stop;
  // Tells what the handshake waits for. Empty: nobody wants to know. May outlive the handshake.
  OnAwaiting on_awaiting;
};

// The client's end of one handshake by one mechanism: the counterpart of agent/caller/mechanism.h.
// For one session; used by one thread at a time.
class ClientHandshake {
 public:
  virtual ~ClientHandshake() = default;

  // The first request: its mechanism and payload. May block for seconds (key distribution centres),
  // until `terms.stop` at most; nothing has been sent yet, and nothing is when it fails.
  virtual absl::StatusOr<v1::AuthenticateRequest> Begin(const ClientHandshakeTerms& terms) = 0;
  // The answer to a response that is not the session. As Begin.
  virtual absl::StatusOr<v1::AuthenticateRequest> Continue(
      const v1::AuthenticateResponse& response) = 0;
  // Checks the last response. OK only when the server is known to be the agent: from then on calls
  // are sent on the channel.
  virtual absl::Status Conclude(const v1::SessionEstablished& session) = 0;
  // What came of the wish to hand credentials over, when concluded; empty when there was none.
  virtual absl::optional<DelegationResult> delegation() const { return absl::nullopt; }
};

// One session to be opened.
struct HandshakePlan {
  std::string endpoint;  // "agent.test:7707"
  TrustPolicy trust;     // Of the certificate there.
  std::unique_ptr<ClientHandshake> handshake;
};

// Where sessions come from: the pipe's tickets, the caller's Kerberos tickets, a password.
class HandshakeSource {
 public:
  virtual ~HandshakeSource() = default;

  // For a new session. May block for seconds: calls do not wait longer than they may, but the
  // client's end does. Called by one thread at a time, which is the client's own. UNAVAILABLE when
  // no agent is there, which callers may wait for.
  virtual absl::StatusOr<HandshakePlan> Next() = 0;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_CLIENT_HANDSHAKE_H_
