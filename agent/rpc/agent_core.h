#ifndef PROCTOR_AGENT_RPC_AGENT_CORE_H_
#define PROCTOR_AGENT_RPC_AGENT_CORE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/job/job_manager.h"
#include "agent/job/launch_spec.h"
#include "agent/rpc/call_gate.h"
#include "agent/token/account_names.h"
#include "agent/token/caller_token.h"
#include "agent/token/policy_source.h"
#include "agent/token/token_pipeline.h"
#include "common/clock.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// What every service of every identity shares. Owns nothing; all of it outlives the servers.
struct AgentCore {
  JobManager* jobs = nullptr;
  TokenPipeline* pipeline = nullptr;
  const CallGate* gate = nullptr;
  const Clock* clock = nullptr;
  // Null: everybody may connect, within everybody's bounds.
  const PolicySource* policy = nullptr;
  const AccountNames* names = AccountNames::System();
  SpecLimits spec_limits;
  v1::Limits limits;  // As DescribeAgent tells them.
  // What callers over TLS may authenticate with, and whom they have to mean; empty without. Set
  // before any server starts.
  std::vector<std::string> mechanisms;
  std::string service_principal;
  absl::Time started;
};

// Validates the spec and walks the caller's token to the last stage, for a method whose declared
// stage is PRIMARY. The result has a new job id.
absl::StatusOr<LaunchOrder> PrepareLaunch(const AgentCore& core, const CallerToken& caller,
                                          const v1::LaunchSpec& spec);

// A refused call, for the log: who, what, why.
void AuditRefusal(const CallerToken& caller, absl::string_view method, const absl::Status& status);
// The same for a call that came from `peer` and belongs to nobody.
void AuditStranger(absl::string_view peer, absl::string_view method, const absl::Status& status);
// A demand on a job that was granted.
void AuditDemand(const CallerToken& caller, absl::string_view method, absl::string_view job_id);

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_AGENT_CORE_H_
