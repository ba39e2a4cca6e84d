#ifndef PROCTOR_AGENT_RPC_AUTHENTICATION_AUDIT_H_
#define PROCTOR_AGENT_RPC_AUTHENTICATION_AUDIT_H_

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/token/caller_token.h"

namespace proctor {

// The audit log of authentication: one line for each session that is opened and for each that is
// refused, whatever the mechanism. `peer` as gRPC gives it. Never a secret.

void AuditSessionOpened(const CallerToken& caller, absl::string_view peer, absl::Duration life);
// `mechanism`: as the client named it, empty before it did. The status may carry a RefusalReason,
// which the client does not get to see.
void AuditSessionRefused(absl::string_view mechanism, absl::string_view peer,
                         const absl::Status& status);

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_AUTHENTICATION_AUDIT_H_
