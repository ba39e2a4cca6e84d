#include "client/local_agent.h"

#include <string>
#include <vector>

#include "client/win32/pipe_ticket_source.h"
#include "common/win32/pipe_name.h"

namespace proctor {

absl::string_view UsualTarget() { return "pipe:proctor-agent"; }

absl::StatusOr<std::shared_ptr<TicketSource>> PipeTickets(absl::string_view name) {
  return std::make_shared<PipeTicketSource>(
      std::vector<std::string>{ProtectedPipeName(name), OpenPipeName(name)});
}

}  // namespace proctor
