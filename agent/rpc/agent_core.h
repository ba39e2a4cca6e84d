#ifndef PROCTOR_AGENT_RPC_AGENT_CORE_H_
#define PROCTOR_AGENT_RPC_AGENT_CORE_H_

#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "agent/caller/session_table.h"
#include "agent/caller/user_bounds.h"
#include "agent/job/job_manager.h"
#include "agent/job/launch_spec.h"
#include "agent/rpc/call_gate.h"
#include "agent/token/account_names.h"
#include "agent/token/caller_token.h"
#include "agent/token/policy_source.h"
#include "agent/token/token_pipeline.h"
#include "common/clock.h"
#include "common/user_workers.h"
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
  // Null where nothing that a call names can hold its thread for long.
  UserWorkers* workers = nullptr;
  // Whether a launch that names nobody but its caller can, too.
  bool every_launch_waits = false;
  // Null: callers are not bounded.
  UserBounds* bounds = nullptr;
  // Null: nobody authenticates here.
  const SessionTable* sessions = nullptr;
  const AccountNames* names = AccountNames::System();
  SpecLimits spec_limits;
  v1::Limits limits;  // As DescribeAgent tells them.
  // What callers over TLS may authenticate with, and whom they have to mean; empty without. Set
  // before any server starts.
  std::vector<std::string> mechanisms;
  std::string service_principal;
  absl::Time started;
};

// Calls `done` with what `work` gives: on the core's workers, or at once where it has none.
template <typename T>
void RunForCaller(const AgentCore& core, const CallerToken& caller,
                  std::function<absl::StatusOr<T>()> work,
                  std::function<void(absl::StatusOr<T>)> done) {
  if (core.workers == nullptr) return done(work());
  core.workers->Run(caller.principal()->key(), std::move(work), std::move(done));
}

// Validates the spec and walks the caller's token to the last stage, for a method whose declared
// stage is PRIMARY. The result has a new job id. `done` may be called before this returns, or on
// one of the core's workers.
void PrepareLaunch(const AgentCore& core, const std::shared_ptr<const CallerToken>& caller,
                   const v1::LaunchSpec& spec,
                   std::function<void(absl::StatusOr<LaunchOrder>)> done);

// A refused call, for the log: who, what, why.
void AuditRefusal(const CallerToken& caller, absl::string_view method, const absl::Status& status);
// The same for a call that came from `peer` and belongs to nobody.
void AuditStranger(absl::string_view peer, absl::string_view method, const absl::Status& status);
// A demand on a job that was granted.
void AuditDemand(const CallerToken& caller, absl::string_view method, absl::string_view job_id);

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_AGENT_CORE_H_
