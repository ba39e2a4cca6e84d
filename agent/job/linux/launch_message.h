#ifndef PROCTOR_AGENT_JOB_LINUX_LAUNCH_MESSAGE_H_
#define PROCTOR_AGENT_JOB_LINUX_LAUNCH_MESSAGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "agent/job/job_host.h"
#include "common/unique_fd.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor {

// The order in the job host's words.
jobhost::Launch BuildLaunchMessage(const LaunchOrder& order);

// A descriptor to read `data` from: a memfd that can no longer be changed (memfd_create(2)), so
// that neither job nor agent can alter what the other sees.
absl::StatusOr<UniqueFd> StdinDescriptor(const std::string& data);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_LINUX_LAUNCH_MESSAGE_H_
