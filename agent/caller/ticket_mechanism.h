#ifndef PROCTOR_AGENT_CALLER_TICKET_MECHANISM_H_
#define PROCTOR_AGENT_CALLER_TICKET_MECHANISM_H_

#include <memory>

#include "agent/caller/mechanism.h"
#include "agent/caller/ticket_book.h"

namespace proctor {

// "ticket": one request, one answer, both ends proved by the ticket's secret. `tickets` must
// outlive it.
class TicketMechanism final : public Mechanism {
 public:
  explicit TicketMechanism(TicketBook* tickets) : tickets_(tickets) {}

  absl::string_view name() const override { return "ticket"; }
  std::unique_ptr<Handshake> Begin(HandshakeTerms terms) override;

 private:
  TicketBook* const tickets_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_TICKET_MECHANISM_H_
