#include "client/ticket_handshake.h"

#include "common/ticket_proof.h"

namespace proctor {
namespace {

constexpr size_t kSha256Size = 32;

class TicketHandshake final : public ClientHandshake {
 public:
  explicit TicketHandshake(AgentTicket ticket) : ticket_(std::move(ticket)) {}

  absl::StatusOr<v1::AuthenticateRequest> Begin(const ClientHandshakeTerms& terms) override {
    terms_ = terms;
    v1::AuthenticateRequest request;
    request.set_mechanism("ticket");
    request.mutable_ticket()->set_id(ticket_.id);
    request.mutable_ticket()->set_client_signature(
        ClientTicketProof(ticket_.secret, terms.binding, terms.client_nonce));
    return request;
  }

  absl::StatusOr<v1::AuthenticateRequest> Continue(const v1::AuthenticateResponse&) override {
    return absl::InternalError("the agent answered a ticket with something else than a session");
  }

  absl::Status Conclude(const v1::SessionEstablished& session) override {
    if (ConstantTimeEqual(session.server_signature(),
                          ServerTicketProof(ticket_.secret, terms_.binding, terms_.client_nonce,
                                            session.server_nonce()))) {
      return absl::OkStatus();
    }
    return absl::UnauthenticatedError("the server did not prove that it is the agent");
  }

 private:
  const AgentTicket ticket_;
  ClientHandshakeTerms terms_;
};

}  // namespace

absl::StatusOr<HandshakePlan> TicketHandshakeSource::Next() {
  absl::StatusOr<AgentTicket> ticket = tickets_->GetTicket();
  if (!ticket.ok()) return ticket.status();
  if (ticket->certificate_sha256.size() != kSha256Size) {
    return absl::InternalError("the ticket does not name the agent's certificate");
  }
  HandshakePlan plan;
  plan.endpoint = ticket->endpoint;
  plan.trust.pin = ticket->certificate_sha256;
  plan.handshake = std::make_unique<TicketHandshake>(*std::move(ticket));
  return plan;
}

}  // namespace proctor
