#ifndef PROCTOR_CLIENT_LOCAL_AGENT_H_
#define PROCTOR_CLIENT_LOCAL_AGENT_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/ticket_source.h"

namespace proctor {

// How the agent of this machine is reached, which is each platform's own.

// "unix:/run/proctor/agent.sock", "pipe:proctor-agent"
absl::string_view UsualTarget();

// Tickets from the named pipe of "pipe:NAME". FAILED_PRECONDITION where pipes have no owner to
// trust (POSIX).
absl::StatusOr<std::shared_ptr<TicketSource>> PipeTickets(absl::string_view name);

}  // namespace proctor

#endif  // PROCTOR_CLIENT_LOCAL_AGENT_H_
