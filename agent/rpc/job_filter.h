#ifndef PROCTOR_AGENT_RPC_JOB_FILTER_H_
#define PROCTOR_AGENT_RPC_JOB_FILTER_H_

#include "absl/status/status.h"
#include "agent/token/account_names.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// Puts the account's key (Principal::key()) in the place of its name in `filter`. INVALID_ARGUMENT
// when nobody has the name: an empty list would say that there are no jobs. May ask the name
// service.
absl::Status ResolveOwner(const AccountNames& names, v1::JobFilter* filter);

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_JOB_FILTER_H_
