#ifndef PROCTOR_AGENT_TOKEN_POSIX_POSIX_TOKEN_PIPELINE_H_
#define PROCTOR_AGENT_TOKEN_POSIX_POSIX_TOKEN_PIPELINE_H_

#include <sys/types.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/token/account_check.h"
#include "agent/token/posix/account_database.h"
#include "agent/token/posix/account_identity.h"
#include "agent/token/posix/capability_set.h"
#include "agent/token/posix/login_environment.h"
#include "agent/token/posix/network_access.h"
#include "agent/token/posix/pam_logon.h"
#include "agent/token/posix/system_environment.h"
#include "agent/token/run_as_policy.h"
#include "agent/token/token_pipeline.h"
#include "common/clock.h"

namespace proctor {

// The pipeline on POSIX systems; see TokenPipeline.
class PosixTokenPipeline final : public TokenPipeline {
 public:
  struct Options {
    std::string path;       // PATH of ordinary users' login environment.
    std::string root_path;  // ... and of uid 0.
    // The configuration says so: what the machine says of PATH does not count then.
    bool path_is_configured = false;
    // Variables of every login environment.
    std::map<std::string, std::string> environment;
    // What the machine gives every login. Null: nothing. Must outlive the pipeline.
    SystemEnvironment* system_environment = nullptr;
    mode_t umask = 022;
    uid_t own_uid = 0;  // The agent's effective uid.
    // Must outlive the pipeline. Null: everybody launches as themselves, nobody as another.
    const RunAsPolicy* policy = nullptr;
    // Ask who is meant by a `run_as`.
    std::function<absl::StatusOr<v1::Principal>(const std::string&)> identity_of_account =
        &IdentityOfAccount;
    std::function<absl::StatusOr<v1::Principal>(uid_t)> identity_of_uid = &IdentityOfUid;
    // Asked about whom others run as. Must outlive the pipeline. Null: nobody is asked.
    AccountCheck* account_check = nullptr;
  };

  // `clock` and `accounts` must outlive the pipeline.
  PosixTokenPipeline(Options options, CapabilitySet capabilities, const Clock* clock,
                     AccountDatabase* accounts);

  absl::StatusOr<CallerToken> Identify(const AnonymousCaller& caller) override;
  absl::StatusOr<ImpersonationToken> Impersonate(const CallerToken& caller,
                                                 const v1::LaunchSpec& spec,
                                                 StageTrace* trace) override;
  absl::StatusOr<PrimaryToken> MakePrimary(const ImpersonationToken& token,
                                           const v1::Restrictions& restrictions,
                                           StageTrace* trace) override;
  absl::StatusOr<LaunchToken> PrepareEnvironment(const PrimaryToken& token,
                                                 const v1::LaunchSpec& spec,
                                                 absl::string_view job_id,
                                                 StageTrace* trace) override;
  absl::Status CanLaunchAs(const CallerToken& caller) const override;
  std::vector<v1::Capability> Capabilities() const override;

 private:
  bool CanChangeIdentity() const;
  // The account that `run_as` means, a name or a uid.
  absl::StatusOr<Principal> UserOf(const std::string& run_as) const;
  // A realm vouches for the caller, but it is nobody here.
  absl::StatusOr<CallerToken> IdentifyStranger(const AnonymousCaller& caller);
  // AUTHORISE and ACQUIRE_LOGON_TOKEN for a user whom the caller names.
  absl::StatusOr<ImpersonationToken> RunAs(const CallerToken& caller, const std::string& run_as,
                                           StageTrace* trace) const;
  // The caller's own.
  ImpersonationToken OwnToken(const CallerToken& caller) const;
  ImpersonationToken TokenOf(std::shared_ptr<const Principal> user, NetworkAccess network,
                             std::shared_ptr<const PamLogon> pam = nullptr) const;

  // What a login as `user` starts from, for one whom PAM does not give its own.
  LoginDefaults DefaultsFor(const Principal& user, bool pam_session) const;

  const Options options_;
  const CapabilitySet capabilities_;
  const Clock* const clock_;
  AccountDatabase* const accounts_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POSIX_POSIX_TOKEN_PIPELINE_H_
