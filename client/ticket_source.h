#ifndef PROCTOR_CLIENT_TICKET_SOURCE_H_
#define PROCTOR_CLIENT_TICKET_SOURCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/secret_bytes.h"

namespace proctor {

// What a local agent hands to a caller whom the operating system has named to it, for one session
// on its TLS listener.
struct AgentTicket {
  std::string endpoint;            // "127.0.0.1:41234"
  std::string certificate_sha256;  // Of the listener's certificate (DER), 32 bytes.
  std::string id;                  // TicketId(secret).
  SecretBytes secret;
};

// Gets tickets over a channel on which the agent has proved itself; the certificate's hash is
// trusted for that reason. Each platform that has such a channel derives its own.
class TicketSource {
 public:
  virtual ~TicketSource() = default;

  // A new ticket for each call; may block for seconds. Called by one thread at a time, which is the
  // client's own. UNAVAILABLE when no agent is there, which callers may wait for; PERMISSION_DENIED
  // when whoever is there is not the agent.
  virtual absl::StatusOr<AgentTicket> GetTicket() = 0;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_TICKET_SOURCE_H_
