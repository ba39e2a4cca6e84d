#ifndef PROCTOR_AGENT_CALLER_CONNECTION_AUDIT_H_
#define PROCTOR_AGENT_CALLER_CONNECTION_AUDIT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace proctor {

// The audit log of connections that were not let in: `who` is a uid, or an address or network.
// Lines beyond the first few are counted.
void AuditRefusedConnection(absl::string_view who, const absl::Status& reason);

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_CONNECTION_AUDIT_H_
