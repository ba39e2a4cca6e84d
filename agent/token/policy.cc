#include "agent/token/policy.h"

#include <algorithm>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "agent/token/config_error.h"
#include "common/failure_detail.h"

namespace proctor {
namespace {

// BUILTIN\Administrators, and the mandatory level of an elevated token; Microsoft Learn,
// "Well-known SIDs". Nobody on POSIX has them.
constexpr char kAdministratorsSid[] = "S-1-5-32-544";
constexpr char kIntegrityPrefix[] = "S-1-16-";
constexpr uint32_t kHighIntegrity = 0x3000;

// Of a token that can administrate the machine, whoever's it is: elevated, or a service's.
bool IsPowerful(const v1::WindowsIdentity& token) {
  absl::string_view level = token.integrity();
  uint32_t integrity = 0;
  const bool high = absl::ConsumePrefix(&level, kIntegrityPrefix) &&
                    absl::SimpleAtoi(level, &integrity) && integrity >= kHighIntegrity;
  return token.elevated() || high;
}

absl::Status Resolve(const config::Accounts& accounts, const AccountNames& names,
                     absl::string_view field, AccountSet* set) {
  absl::StatusOr<AccountSet> resolved = AccountSet::Resolve(accounts, names, field);
  if (!resolved.ok()) return resolved.status();
  *set = *std::move(resolved);
  return absl::OkStatus();
}

// Of those whom others may run as, or must not: where an account that is looked up has no SIDs, one
// that is named by them would be nobody, and a `never` would forbid nothing.
absl::Status ResolveTargets(const config::Accounts& accounts, const AccountNames& names,
                            absl::string_view field, AccountSet* set) {
  const absl::string_view sids = accounts.sid_size() > 0            ? ".sid"
                                 : accounts.domain_group_size() > 0 ? ".domain_group"
                                                                    : "";
  if (!sids.empty() && !names.AccountsHaveSids()) {
    return ConfigError(absl::StrCat(field, sids),
                       "only callers have SIDs here, of their tickets; an account that jobs run as "
                       "is looked up by its name: name users and groups of this machine");
  }
  return Resolve(accounts, names, field, set);
}

absl::Status NoRule(const Principal& caller, const Principal& user) {
  return absl::PermissionDeniedError(
      absl::StrCat("no policy lets ", caller.ToString(), " run jobs as ", user.ToString()));
}

bool HasAccount(const Principal& principal) {
  return principal.proto().has_posix() || principal.proto().has_windows();
}

}  // namespace

absl::StatusOr<std::shared_ptr<const Policy>> Policy::Compile(const config::AgentConfig& config,
                                                              const AccountNames& names) {
  std::shared_ptr<Policy> policy(new Policy());
  const config::PolicyConfig& from = config.policy();
  absl::Status status;
  if (from.has_may_connect()) {
    status.Update(
        Resolve(from.may_connect(), names, "policy.may_connect", &policy->may_connect_.emplace()));
  }
  if (from.has_may_launch()) {
    status.Update(
        Resolve(from.may_launch(), names, "policy.may_launch", &policy->may_launch_.emplace()));
  }
  if (status.ok()) status = policy->CompileAdministrators(config, names);
  if (status.ok()) status = policy->CompileRules(from, names);
  if (status.ok()) status = policy->CompileBounds(from, names);
  if (!status.ok()) return status;
  return policy;
}

absl::Status Policy::CompileAdministrators(const config::AgentConfig& config,
                                           const AccountNames& names) {
  absl::Status status = ResolveTargets(config.policy().administrators(), names,
                                       "policy.administrators", &administrators_);
  if (!status.ok()) return status;
  if (config.administrators_group().empty()) {
    administrators_.AddGroup(kAdministratorsSid);
    return absl::OkStatus();
  }
  absl::StatusOr<std::string> group = names.GroupKey(config.administrators_group());
  if (!group.ok()) return ConfigError("administrators_group", group.status().message());
  administrators_.AddGroup(*std::move(group));
  return absl::OkStatus();
}

absl::Status Policy::CompileRules(const config::PolicyConfig& config, const AccountNames& names) {
  for (int i = 0; i < config.run_as_size(); ++i) {
    const config::RunAsRule& from = config.run_as(i);
    const std::string field = absl::StrCat("policy.run_as[", i, "]");
    if (!from.has_callers()) return ConfigError(field, "a rule needs callers");
    if (!from.has_users()) return ConfigError(field, "a rule needs users");
    Rule& rule = rules_.emplace_back();
    absl::Status status = Resolve(from.callers(), names, field + ".callers", &rule.callers);
    status.Update(ResolveTargets(from.users(), names, field + ".users", &rule.users));
    status.Update(ResolveTargets(from.never(), names, field + ".never", &rule.never));
    if (!status.ok()) return status;
  }
  return absl::OkStatus();
}

absl::Status Policy::CompileBounds(const config::PolicyConfig& config, const AccountNames& names) {
  for (int i = 0; i < config.bounds_size(); ++i) {
    const config::PrincipalBounds& from = config.bounds(i);
    const std::string field = absl::StrCat("policy.bounds[", i, "]");
    if (!from.has_who()) return ConfigError(field, "bounds need who");
    Bounds& bounds = bounds_.emplace_back();
    absl::Status status = Resolve(from.who(), names, field + ".who", &bounds.who);
    if (!status.ok()) return status;
    if (from.has_max_running_jobs()) bounds.limits.max_running_jobs = from.max_running_jobs();
    if (from.has_max_sessions()) bounds.limits.max_sessions = from.max_sessions();
  }
  return absl::OkStatus();
}

absl::Status Policy::MayConnect(const Principal& caller) const {
  if (!may_connect_.has_value() || may_connect_->Contains(caller) || IsAdministrator(caller)) {
    return absl::OkStatus();
  }
  v1::FailureDetail detail;
  detail.set_advice(
      "ask the agent's administrator to name you in its configuration: policy { may_connect }");
  return WithFailureDetail(absl::PermissionDeniedError(absl::StrCat(
                               "this agent's policy does not let ", caller.ToString(), " connect")),
                           detail);
}

absl::Status Policy::MayLaunch(const Principal& caller) const {
  if (absl::Status connected = MayConnect(caller); !connected.ok()) return connected;
  if (!may_launch_.has_value() || may_launch_->Contains(caller)) return absl::OkStatus();
  return absl::PermissionDeniedError(
      absl::StrCat("this agent's policy does not let ", caller.ToString(), " launch jobs"));
}

absl::Status Policy::MayRunAs(const Principal& caller, const Principal& user) const {
  if (absl::Status may = MayLaunch(caller); !may.ok()) return may;
  if (caller.key() == user.key()) return absl::OkStatus();
  if (!HasAccount(caller) || IsOutOfReach(user)) return NoRule(caller, user);
  bool allowed = false;
  for (const Rule& rule : rules_) {
    if (!rule.callers.Contains(caller)) continue;
    if (rule.never.Contains(user)) return NoRule(caller, user);
    allowed = allowed || rule.users.Contains(user);
  }
  return allowed ? absl::OkStatus() : NoRule(caller, user);
}

absl::Status Policy::CouldRunAs(const Principal& caller, const Principal& user) const {
  if (MayRunAs(caller, user).ok()) return absl::OkStatus();
  if (!MayLaunch(caller).ok() || !HasAccount(caller) || IsOutOfReach(user)) {
    return NoRule(caller, user);
  }
  bool possible = false;
  for (const Rule& rule : rules_) {
    if (!rule.callers.Contains(caller)) continue;
    if (rule.never.Contains(user)) return NoRule(caller, user);
    possible = possible || rule.users.NamesGroups();
  }
  return possible ? absl::OkStatus() : NoRule(caller, user);
}

bool Policy::IsOutOfReach(const Principal& user) const {
  return !HasAccount(user) || IsAdministrator(user) || user.IsMemberOf(kAdministratorsSid) ||
         IsPowerful(user.proto().windows());
}

bool Policy::IsAdministrator(const Principal& principal) const {
  return principal.IsSuperuser() || administrators_.Contains(principal);
}

PrincipalLimits Policy::LimitsFor(const Principal& principal) const {
  const auto found = std::find_if(bounds_.begin(), bounds_.end(), [&](const Bounds& bounds) {
    return bounds.who.Contains(principal);
  });
  return found == bounds_.end() ? PrincipalLimits() : found->limits;
}

}  // namespace proctor
