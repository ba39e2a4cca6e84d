#ifndef PROCTOR_AGENT_RPC_AGENT_DESCRIPTION_H_
#define PROCTOR_AGENT_RPC_AGENT_DESCRIPTION_H_

#include "agent/rpc/agent_core.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// What DescribeAgent tells `caller`: everybody learns what the agent can do, only administrators
// how much it does.
v1::DescribeAgentResponse DescribeAgentTo(const AgentCore& core, const CallerToken& caller);

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_AGENT_DESCRIPTION_H_
