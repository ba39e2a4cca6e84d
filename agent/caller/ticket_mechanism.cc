#include "agent/caller/ticket_mechanism.h"

#include <utility>

#include "common/secure_random.h"
#include "common/ticket_proof.h"

namespace proctor {
namespace {

class TicketHandshake final : public Handshake {
 public:
  TicketHandshake(TicketBook* tickets, HandshakeTerms terms)
      : tickets_(tickets), terms_(std::move(terms)) {}

  void Continue(v1::AuthenticateRequest request, Done done) override { done(Redeem(request)); }

 private:
  absl::StatusOr<HandshakeStep> Redeem(const v1::AuthenticateRequest& request) {
    absl::StatusOr<RedeemedTicket> ticket =
        tickets_->Redeem(request.ticket().id(), terms_.binding, terms_.client_nonce,
                         request.ticket().client_signature());
    if (!ticket.ok()) return ticket.status();
    HandshakeStep step;
    step.caller = std::move(ticket->caller);
    v1::SessionEstablished* session = step.response.mutable_session();
    session->set_server_nonce(SecureRandomBytes(kNonceSize));
    session->set_server_signature(ServerTicketProof(ticket->secret, terms_.binding,
                                                    terms_.client_nonce, session->server_nonce()));
    return step;
  }

  TicketBook* const tickets_;
  const HandshakeTerms terms_;
};

}  // namespace

std::unique_ptr<Handshake> TicketMechanism::Begin(HandshakeTerms terms) {
  return std::make_unique<TicketHandshake>(tickets_, std::move(terms));
}

}  // namespace proctor
