#ifndef PROCTOR_AGENT_TOKEN_POLICY_H_
#define PROCTOR_AGENT_TOKEN_POLICY_H_

#include <cstdint>
#include <memory>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "agent/token/account_names.h"
#include "agent/token/account_set.h"
#include "agent/token/principal.h"
#include "agent/token/run_as_policy.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// What one principal may hold at once; absent: what LimitsConfig says.
struct PrincipalLimits {
  absl::optional<uint32_t> max_running_jobs;
  absl::optional<uint32_t> max_sessions;
};

// The configuration's policy with all names resolved. What no rule allows is refused; only what
// everybody may do as themselves, connect and launch, needs no rule where the configuration does
// not restrict it. Immutable; thread-safe.
class Policy final : public RunAsPolicy {
 public:
  // Resolves names now and never again. INVALID_ARGUMENT names the configuration's field.
  static absl::StatusOr<std::shared_ptr<const Policy>> Compile(const config::AgentConfig& config,
                                                               const AccountNames& names);

  // PERMISSION_DENIED when the configuration says who may connect and `caller` is not among them.
  // Administrators always may.
  absl::Status MayConnect(const Principal& caller) const;

  absl::Status MayLaunch(const Principal& caller) const override;
  // A `never` of any rule that names the caller wins over every other rule.
  absl::Status MayRunAs(const Principal& caller, const Principal& user) const override;
  absl::Status CouldRunAs(const Principal& caller, const Principal& user) const override;

  // uid 0, LocalSystem, members of administrators_group (Windows: of BUILTIN\Administrators where
  // that names none) and policy.administrators.
  bool IsAdministrator(const Principal& principal) const;

  // Of the first entry that names the principal.
  PrincipalLimits LimitsFor(const Principal& principal) const;

 private:
  struct Rule {
    AccountSet callers;
    AccountSet users;
    AccountSet never;
  };
  struct Bounds {
    AccountSet who;
    PrincipalLimits limits;
  };

  Policy() = default;
  absl::Status CompileAdministrators(const config::AgentConfig& config, const AccountNames& names);
  absl::Status CompileRules(const config::PolicyConfig& config, const AccountNames& names);
  absl::Status CompileBounds(const config::PolicyConfig& config, const AccountNames& names);
  bool IsOutOfReach(const Principal& user) const;

  absl::optional<AccountSet> may_connect_;
  absl::optional<AccountSet> may_launch_;
  AccountSet administrators_;
  std::vector<Rule> rules_;
  std::vector<Bounds> bounds_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POLICY_H_
