#ifndef PROCTOR_AGENT_CALLER_POSIX_PEER_IDENTITY_H_
#define PROCTOR_AGENT_CALLER_POSIX_PEER_IDENTITY_H_

#include <sys/types.h>

#include "absl/status/statusor.h"
#include "agent/token/anonymous_caller.h"

namespace proctor {

// Who is at the other end of a connected Unix socket, as the kernel recorded it when that process
// connected: SO_PEERCRED and SO_PEERGROUPS, unix(7). Nothing the peer sends can change it.
absl::StatusOr<AnonymousCaller> PeerIdentity(int socket);
// The uid alone, for a tenth of the cost.
absl::StatusOr<uid_t> PeerUid(int socket);

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_POSIX_PEER_IDENTITY_H_
