#ifndef PROCTOR_AGENT_CALLER_NEGOTIATE_MECHANISM_H_
#define PROCTOR_AGENT_CALLER_NEGOTIATE_MECHANISM_H_

#include <memory>

#include "agent/caller/handshake_workers.h"
#include "agent/caller/mechanism.h"
#include "agent/caller/principal_map.h"
#include "agent/token/account_check.h"
#include "agent/token/token_pipeline.h"
#include "common/negotiate_context.h"
#include "common/user_workers.h"

namespace proctor {

// "negotiate": SPNEGO and Kerberos tokens, then the signatures of both ends over the transcript.
// The tokens are bound to the certificate that the client saw; the agent's signature proves to the
// client that the certificate is the agent's, the client's signature that the client has seen the
// same nonces and tokens.
class NegotiateMechanism final : public Mechanism {
 public:
  // All of it must outlive the mechanism and its handshakes.
  struct Parts {
    NegotiateAcceptor* acceptor = nullptr;
    PrincipalMap* principals = nullptr;
    TokenPipeline* pipeline = nullptr;
    HandshakeWorkers* workers = nullptr;
    // Who the client is to this machine is asked here, in the client's name: the name service may
    // be a directory that does not answer.
    UserWorkers* lookups = nullptr;
    AccountCheck* accounts = nullptr;  // Null: nobody is asked.
  };
  explicit NegotiateMechanism(Parts parts) : parts_(parts) {}

  absl::string_view name() const override { return "negotiate"; }
  std::unique_ptr<Handshake> Begin(HandshakeTerms terms) override;

 private:
  const Parts parts_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_NEGOTIATE_MECHANISM_H_
