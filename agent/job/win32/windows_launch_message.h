#ifndef PROCTOR_AGENT_JOB_WIN32_WINDOWS_LAUNCH_MESSAGE_H_
#define PROCTOR_AGENT_JOB_WIN32_WINDOWS_LAUNCH_MESSAGE_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/job/job_host.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// Has the job host create a job, which it does once it has taken the handles that the message names
// (token, standard input, redirected files).
struct WindowsLaunchMessage {
  jobhost::ToHost message;
  // What the host takes them from: to be held until it has.
  std::vector<UniqueHandle> lent;
};

// Of the job of `order`. `scratch_directory` is the agent's own: data for standard input becomes a
// file there that goes with its last handle.
absl::StatusOr<WindowsLaunchMessage> MakeWindowsLaunch(const LaunchOrder& order,
                                                       const std::string& scratch_directory);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_WIN32_WINDOWS_LAUNCH_MESSAGE_H_
