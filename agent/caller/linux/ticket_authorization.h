#ifndef PROCTOR_AGENT_CALLER_LINUX_TICKET_AUTHORIZATION_H_
#define PROCTOR_AGENT_CALLER_LINUX_TICKET_AUTHORIZATION_H_

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "agent/caller/kerberos/pac_logon_info.h"
#include "common/linux/gss_accepted_client.h"

namespace proctor {

// What the PAC of the client's ticket says of it, when its realm puts that in (Active Directory
// does; MIT's KDC writes a PAC without logon information). Absent without; an error for one that
// the library could not verify (UNAUTHENTICATED), or that cannot be decoded. That is nothing to
// refuse a client for: realms are known to copy the PAC of another one's ticket, whose signature is
// not for the agent's key. But nothing that it says counts.
absl::StatusOr<absl::optional<PacLogonInfo>> ReadLogonInfo(const GssAcceptedClient& client);

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_LINUX_TICKET_AUTHORIZATION_H_
