#ifndef PROCTOR_AGENT_JOB_JOB_UPDATE_H_
#define PROCTOR_AGENT_JOB_JOB_UPDATE_H_

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "agent/job/launch_spec.h"
#include "proctor/v1/agent.pb.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// A change of a job's attributes.
struct JobUpdate {
  v1::UpdateJobRequest request;  // Valid.
  v1::AccessList grants;         // Its share_with, by uid and gid or by SID.
};

// Checks everything about a request that can be known without the job. INVALID_ARGUMENT names the
// field.
absl::Status ValidateJobUpdate(const v1::UpdateJobRequest& request, const SpecLimits& limits);

// Makes the change in the job's labels, retention and share_with, and nothing when there would be
// more labels than a job may have.
absl::Status ApplyJobUpdate(const v1::UpdateJobRequest& request, v1::Job* job);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_UPDATE_H_
