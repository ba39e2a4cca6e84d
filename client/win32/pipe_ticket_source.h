#ifndef PROCTOR_CLIENT_WIN32_PIPE_TICKET_SOURCE_H_
#define PROCTOR_CLIENT_WIN32_PIPE_TICKET_SOURCE_H_

#include <string>
#include <utility>

#include "client/ticket_source.h"

namespace proctor {

// Tickets from the named pipe of an agent on this machine. The pipe is opened with
// SECURITY_SQOS_PRESENT and SECURITY_IMPERSONATION, since the agent is to launch as the caller, and
// before the first byte its owner is read on that very handle: only the system, the administrators
// or the caller's own account may be trusted with an impersonation.
class PipeTicketSource final : public TicketSource {
 public:
  // `name`: "\\\\.\\pipe\\proctor-agent". `allow_unowned`: for Wine, whose pipes have no owner.
  PipeTicketSource(std::string name, bool allow_unowned)
      : name_(std::move(name)), allow_unowned_(allow_unowned) {}

  absl::StatusOr<AgentTicket> GetTicket() override;

 private:
  const std::string name_;
  const bool allow_unowned_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_WIN32_PIPE_TICKET_SOURCE_H_
