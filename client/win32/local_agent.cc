#include "client/local_agent.h"

#include "absl/strings/str_cat.h"
#include "client/win32/pipe_ticket_source.h"
#include "common/win32/object_owner.h"

namespace proctor {

absl::string_view UsualTarget() { return "pipe:proctor-agent"; }

absl::StatusOr<std::shared_ptr<TicketSource>> PipeTickets(absl::string_view name) {
  return std::make_shared<PipeTicketSource>(absl::StrCat("\\\\.\\pipe\\", name),
                                            TrustsUnownedPipes());
}

}  // namespace proctor
