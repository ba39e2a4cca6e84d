#ifndef PROCTOR_CLIENT_TICKET_HANDSHAKE_H_
#define PROCTOR_CLIENT_TICKET_HANDSHAKE_H_

#include <memory>
#include <utility>

#include "client/client_handshake.h"
#include "client/ticket_source.h"

namespace proctor {

// Sessions by tickets, each at the endpoint and with the certificate that its ticket names.
class TicketHandshakeSource final : public HandshakeSource {
 public:
  explicit TicketHandshakeSource(std::shared_ptr<TicketSource> tickets)
      : tickets_(std::move(tickets)) {}

  absl::StatusOr<HandshakePlan> Next() override;

 private:
  const std::shared_ptr<TicketSource> tickets_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_TICKET_HANDSHAKE_H_
