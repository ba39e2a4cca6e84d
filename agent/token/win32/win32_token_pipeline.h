#ifndef PROCTOR_AGENT_TOKEN_WIN32_WIN32_TOKEN_PIPELINE_H_
#define PROCTOR_AGENT_TOKEN_WIN32_WIN32_TOKEN_PIPELINE_H_

#include <memory>
#include <string>
#include <vector>

#include "agent/token/run_as_policy.h"
#include "agent/token/token_pipeline.h"
#include "agent/token/win32/token_calls.h"
#include "agent/token/win32/win32_token.h"
#include "common/clock.h"

namespace proctor {

// The pipeline on Windows; see TokenPipeline. Follows "Launch a process in the security context of
// the client" and "Spawn a process as an impersonated user" (Microsoft Learn): the client's token,
// impersonation to reach its files, a primary token made of it, its environment. After each stage
// the token is read back, and what differs from what was asked for ends the launch.
//
// Jobs with a private desktop run in the agent's terminal session, where the job host makes the
// desktop; a caller's token of another session is moved there. Jobs on the interactive desktop stay
// in the session of the token, which must be that of the user's own logon.
class Win32TokenPipeline final : public TokenPipeline {
 public:
  // All must outlive the pipeline. `own` is the agent's token, asked for its privileges and its
  // sessions only. Without a `policy` everybody may launch as themselves and nobody as another.
  Win32TokenPipeline(TokenCalls* calls, const Clock* clock, std::shared_ptr<const Win32Token> own,
                     const RunAsPolicy* policy = nullptr);

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
  bool Holds(absl::string_view privilege) const;
  // AUTHORISE and ACQUIRE_LOGON_TOKEN for another user than the caller: policy decides by the name,
  // S4U gives the token, and policy decides again by what the token says of its user.
  absl::StatusOr<ImpersonationToken> RunAs(const CallerToken& caller, const std::string& run_as,
                                           const absl::StatusOr<Account>& account,
                                           StageTrace* trace) const;
  absl::StatusOr<std::shared_ptr<const Win32Token>> LogOnWithoutPassword(const CallerToken& caller,
                                                                         const Account& account,
                                                                         StageTrace* trace) const;
  // The token in the session where the job's desktop is.
  absl::StatusOr<PrimaryToken> PlaceInSession(const PrimaryToken& token, const v1::LaunchSpec& spec,
                                              StageTrace* trace) const;
  absl::Status CheckInteractiveSession(const Win32Token& user) const;
  // A reference to the user's profile, if it needs one; says what it is.
  absl::StatusOr<std::string> LoadProfile(const PrimaryToken& token, LaunchEnvironment* environment,
                                          StageTrace* trace) const;
  absl::Status BuildCommand(const v1::LaunchSpec& spec, const std::string& batch_file,
                            LaunchEnvironment* environment, StageTrace* trace) const;

  TokenCalls* const calls_;
  const Clock* const clock_;
  const std::shared_ptr<const Win32Token> own_;
  const RunAsPolicy* const policy_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_WIN32_WIN32_TOKEN_PIPELINE_H_
