#include "client/local_agent.h"

#include <cstdlib>

#include "absl/strings/str_cat.h"
#include "client/win32/pipe_ticket_source.h"

namespace proctor {

absl::string_view UsualTarget() { return "pipe:proctor-agent"; }

absl::StatusOr<std::shared_ptr<TicketSource>> PipeTickets(absl::string_view name) {
  // Wine's pipes have no owner. A test switch: whoever sets it trusts whatever has the name.
  const char* unowned = std::getenv("PROCTOR_TEST_UNOWNED_PIPE");
  return std::make_shared<PipeTicketSource>(absl::StrCat("\\\\.\\pipe\\", name),
                                            unowned != nullptr && *unowned == '1');
}

}  // namespace proctor
