#include "agent/caller/connection_audit.h"

#include "common/log.h"

namespace proctor {

void AuditRefusedConnection(absl::string_view who, const absl::Status& reason) {
  LogRepeated(LogLevel::kWarning, "refused a connection", who, "refused a connection of ", who,
              ": ", reason.message());
}

}  // namespace proctor
