#ifndef PROCTOR_TESTS_AGENT_RPC_AGENT_GATE_H_
#define PROCTOR_TESTS_AGENT_RPC_AGENT_GATE_H_

#include <memory>

#include "agent/rpc/call_gate.h"
#include "proctor/v1/agent.pb.h"
#include "proctor/v1/authentication.pb.h"

namespace proctor {

// The gate that the agent has. By way of messages, so that the linker keeps the files' descriptors.
inline std::unique_ptr<CallGate> AgentGate() {
  return std::make_unique<CallGate>(*CallGate::Build(
      {v1::LaunchRequest::descriptor()->file()->FindServiceByName("Agent"),
       v1::WhoAmIRequest::descriptor()->file()->FindServiceByName("Authentication")}));
}

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_RPC_AGENT_GATE_H_
