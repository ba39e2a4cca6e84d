#ifndef PROCTOR_AGENT_JOB_LAUNCH_REPORT_H_
#define PROCTOR_AGENT_JOB_LAUNCH_REPORT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "proctor/jobhost/jobhost.pb.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// The pipeline stage that a step of the child belongs to.
v1::PipelineStage StageOf(jobhost::Step step);

// The stages of a launch in pipeline order: those the agent walked (`walked`) completed by what the
// job host's child did (IMPERSONATE, VERIFY, CREATE).
std::vector<v1::StageReport> CompleteStages(std::vector<v1::StageReport> stages,
                                            const jobhost::JobReport& report);

// The status of a launch that failed in the job host, with its v1::FailureDetail.
absl::Status LaunchFailureStatus(const std::vector<v1::StageReport>& walked,
                                 const jobhost::JobReport& report);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_LAUNCH_REPORT_H_
