#ifndef PROCTOR_AGENT_JOB_LAUNCH_STEP_H_
#define PROCTOR_AGENT_JOB_LAUNCH_STEP_H_

#include "absl/types/span.h"
#include "proctor/jobhost/jobhost.pb.h"
#include "proctor/v1/token_stage.pb.h"

namespace proctor {

// What a platform's job host does for the stages of the pipeline.

// A stage that the job host carries out, and the calls that stand for it when it succeeded.
struct HostStage {
  v1::PipelineStage stage;
  const char* call;
  const char* result;  // Empty for CREATE, which tells the process.
};
absl::Span<const HostStage> HostStages();

// The pipeline stage that a step of the job host belongs to.
v1::PipelineStage StageOf(jobhost::Step step);

// The stage that a failed launch failed in.
v1::PipelineStage FailedStage(const jobhost::LaunchFailure& failure);

// Whether the step is one that goes by paths of the request: what fails there is the caller's to
// mend.
bool FollowsPath(jobhost::Step step);

// What the caller, or whoever runs the agent, can do about it.
const char* LaunchAdvice(const jobhost::LaunchFailure& failure);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_LAUNCH_STEP_H_
