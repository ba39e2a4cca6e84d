#ifndef PROCTOR_AGENT_JOB_LAUNCH_REPORT_H_
#define PROCTOR_AGENT_JOB_LAUNCH_REPORT_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "proctor/jobhost/jobhost.pb.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// The stages of a launch in pipeline order: those the agent walked (`stages`) completed by what the
// job host and its child did.
std::vector<v1::StageReport> CompleteStages(std::vector<v1::StageReport> stages,
                                            const jobhost::JobReport& report);

// The status of a launch that failed in the job host, with its v1::FailureDetail.
absl::Status LaunchFailureStatus(const std::vector<v1::StageReport>& walked,
                                 const jobhost::JobReport& report);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_LAUNCH_REPORT_H_
