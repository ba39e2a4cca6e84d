#ifndef PROCTOR_AGENT_RPC_NAMED_OWNER_H_
#define PROCTOR_AGENT_RPC_NAMED_OWNER_H_

#include <functional>

#include "absl/status/statusor.h"
#include "agent/rpc/agent_core.h"
#include "agent/token/caller_token.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// Calls `done` with `filter`, the account's key (Principal::key()) in the place of its name.
// INVALID_ARGUMENT when nobody has the name: an empty list would say that there are no jobs. A name
// is looked up on the core's workers, which call `done`, as it may ask the name service; a filter
// without one is done before this returns.
void ResolveOwner(const AgentCore& core, const CallerToken& caller, v1::JobFilter filter,
                  std::function<void(absl::StatusOr<v1::JobFilter>)> done);

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_NAMED_OWNER_H_
