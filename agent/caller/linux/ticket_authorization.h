#ifndef PROCTOR_AGENT_CALLER_LINUX_TICKET_AUTHORIZATION_H_
#define PROCTOR_AGENT_CALLER_LINUX_TICKET_AUTHORIZATION_H_

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "agent/caller/kerberos/pac_logon_info.h"
#include "common/linux/gss_accepted_client.h"

namespace proctor {

// What the PAC of the client's ticket says of it, when its realm puts that in (Active Directory
// does; MIT's KDC writes a PAC without logon information) and the library has verified the PAC's
// signature. Absent without; an error for one that cannot be decoded.
absl::StatusOr<absl::optional<PacLogonInfo>> ReadLogonInfo(const GssAcceptedClient& client);

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_LINUX_TICKET_AUTHORIZATION_H_
