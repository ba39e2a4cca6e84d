#ifndef PROCTOR_AGENT_TOKEN_TOKEN_PIPELINE_H_
#define PROCTOR_AGENT_TOKEN_TOKEN_PIPELINE_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/token/anonymous_caller.h"
#include "agent/token/caller_token.h"
#include "agent/token/impersonation_token.h"
#include "agent/token/launch_token.h"
#include "agent/token/primary_token.h"
#include "agent/token/stage_trace.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// Turns a caller into a process's credentials, one stage after the other:
//
//   AnonymousCaller -> CallerToken -> ImpersonationToken -> PrimaryToken -> LaunchToken
//
// Each function is one or more stages of v1::PipelineStage, writes them into the trace and fails
// with a v1::FailureDetail payload that names stage, call, code and advice. Nothing ever falls back
// to the agent's own identity. Thread-safe. On POSIX the stages that need to be the user (opening
// files, becoming the user, reading the identity back) are carried out by the child itself between
// clone and exec; the job host reports them and JobManager adds them to the launch's stages.
class TokenPipeline {
 public:
  virtual ~TokenPipeline() = default;

  // AUTHENTICATE, IDENTIFY. May ask the name service, so not on a hot path.
  virtual absl::StatusOr<CallerToken> Identify(const AnonymousCaller& caller) = 0;

  // AUTHORISE, ACQUIRE_LOGON_TOKEN and IMPERSONATE's preparation: policy judges the caller, the
  // result is the user the job shall run as.
  virtual absl::StatusOr<ImpersonationToken> Impersonate(const CallerToken& caller,
                                                         const v1::LaunchSpec& spec,
                                                         StageTrace* trace) = 0;

  // MAKE_PRIMARY, RESTRICT.
  virtual absl::StatusOr<PrimaryToken> MakePrimary(const ImpersonationToken& token,
                                                   const v1::Restrictions& restrictions,
                                                   StageTrace* trace) = 0;

  // PREPARE_ENVIRONMENT.
  virtual absl::StatusOr<LaunchToken> PrepareEnvironment(const PrimaryToken& token,
                                                         const v1::LaunchSpec& spec,
                                                         absl::string_view job_id,
                                                         StageTrace* trace) = 0;

  // Whether a process could be created as this caller at all; the error says what is missing.
  virtual absl::Status CanLaunchAs(const CallerToken& caller) const = 0;

  // The privileges the pipeline needs, held or missing, in words.
  virtual std::vector<v1::Capability> Capabilities() const = 0;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_TOKEN_PIPELINE_H_
