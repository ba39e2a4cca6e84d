#ifndef PROCTOR_CLIENT_WIN32_PIPE_TICKET_SOURCE_H_
#define PROCTOR_CLIENT_WIN32_PIPE_TICKET_SOURCE_H_

#include <string>
#include <utility>
#include <vector>

#include "client/ticket_source.h"

namespace proctor {

// Tickets from the named pipe of an agent on this machine. The pipe is opened with
// SECURITY_SQOS_PRESENT and SECURITY_IMPERSONATION, since the agent is to launch as the caller, and
// before the first byte its owner is read on that very handle: only the system, the administrators
// or the caller's own account may be trusted with an impersonation.
class PipeTicketSource final : public TicketSource {
 public:
  // `names`: where the agent may serve, "\\\\.\\pipe\\proctor-agent"; the first that is there
  // counts.
  explicit PipeTicketSource(std::vector<std::string> names) : names_(std::move(names)) {}

  absl::StatusOr<AgentTicket> GetTicket() override;

 private:
  const std::vector<std::string> names_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_WIN32_PIPE_TICKET_SOURCE_H_
