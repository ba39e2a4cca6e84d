#include "agent/rpc/agent_core.h"

#include <memory>
#include <string>
#include <utility>

#include "agent/caller/peer_address.h"
#include "agent/job/access_grants.h"
#include "agent/job/job_id.h"
#include "common/log.h"

namespace proctor {

namespace {

absl::StatusOr<LaunchOrder> WalkStages(const AgentCore& core, const CallerToken& caller,
                                       const v1::LaunchSpec& spec) {
  StageTrace trace(core.clock, caller.history());
  const std::string job_id = NewJobId();
  absl::StatusOr<ImpersonationToken> user = core.pipeline->Impersonate(caller, spec, &trace);
  if (!user.ok()) return user.status();
  absl::StatusOr<PrimaryToken> primary =
      core.pipeline->MakePrimary(*user, spec.restrictions(), &trace);
  if (!primary.ok()) return primary.status();
  absl::StatusOr<LaunchToken> token =
      core.pipeline->PrepareEnvironment(*primary, spec, job_id, &trace);
  if (!token.ok()) return token.status();
  LaunchOrder order{job_id, *std::move(token), spec, LaunchParameters(), false, nullptr, {}};
  absl::StatusOr<v1::AccessList> grants =
      ResolveGrants("spec.share_with", spec.share_with(), *core.names);
  if (!grants.ok()) return grants.status();
  absl::StatusOr<std::shared_ptr<const JobSecurity>> security =
      core.jobs->access().Protect(caller.principal(), order.token.user(), *grants);
  if (!security.ok()) return security.status();
  order.security = *std::move(security);
  if (core.policy != nullptr) {
    order.max_running_jobs =
        core.policy->Current()->LimitsFor(*caller.principal()).max_running_jobs;
  }
  return order;
}

}  // namespace

void PrepareLaunch(const AgentCore& core, const std::shared_ptr<const CallerToken>& caller,
                   const v1::LaunchSpec& spec,
                   std::function<void(absl::StatusOr<LaunchOrder>)> done) {
  if (absl::Status valid = ValidateLaunchSpec(spec, core.spec_limits); !valid.ok()) {
    return done(valid);
  }
  const bool names_others = !spec.run_as().empty() || spec.share_with_size() > 0;
  if (core.workers == nullptr || !(names_others || core.every_launch_waits)) {
    return done(WalkStages(core, *caller, spec));
  }
  // The request may be gone by the time that a late thread reads it.
  const auto copy = std::make_shared<const v1::LaunchSpec>(spec);
  core.workers->Run<LaunchOrder>(
      caller->principal()->key(),
      [&core, caller, copy] { return WalkStages(core, *caller, *copy); }, std::move(done));
}

void AuditRefusal(const CallerToken& caller, absl::string_view method, const absl::Status& status) {
  LogRepeated(LogLevel::kWarning, "refused a call", caller.principal()->ToString(), "refused ",
              method, " by ", caller.principal()->ToString(), ": ",
              status.ToString(absl::StatusToStringMode::kWithNoExtraData));
}

void AuditStranger(absl::string_view peer, absl::string_view method, const absl::Status& status) {
  LogRepeated(LogLevel::kWarning, "refused a call without a session", PeerNetwork(peer), "refused ",
              method, " from ", peer, ": ", status.ToString());
}

void AuditDemand(const CallerToken& caller, absl::string_view method, absl::string_view job_id) {
  LogInfo(method, " of job ", job_id, " by ", caller.principal()->ToString());
}

}  // namespace proctor
