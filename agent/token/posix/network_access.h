#ifndef PROCTOR_AGENT_TOKEN_POSIX_NETWORK_ACCESS_H_
#define PROCTOR_AGENT_TOKEN_POSIX_NETWORK_ACCESS_H_

#include <memory>

#include "absl/time/time.h"
#include "agent/token/caller_token.h"
#include "agent/token/posix/delegated_credentials.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// What a job can prove to other machines, and what with.
struct NetworkAccess {
  v1::NetworkCredentials described;
  std::shared_ptr<const DelegatedCredentials> delegated;  // Null without.
};

// Of a job that runs as its caller at the time `now`.
NetworkAccess OwnNetworkAccess(const CallerToken& caller, absl::Time now);

// Of a job that runs as somebody else: none. Who reads the cache of the caller's tickets can act as
// the caller, and the user of the job is not to.
NetworkAccess OthersNetworkAccess(const CallerToken& caller);

// What is left of `access` in an environment that the caller asked for: a job that would not find
// the cache does not get it.
NetworkAccess NetworkAccessWithin(const v1::Environment& environment, NetworkAccess access);

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POSIX_NETWORK_ACCESS_H_
