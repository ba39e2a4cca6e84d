#ifndef PROCTOR_AGENT_JOB_WIN32_WINDOWS_LAUNCH_MESSAGE_H_
#define PROCTOR_AGENT_JOB_WIN32_WINDOWS_LAUNCH_MESSAGE_H_

#include <string>

#include "absl/status/statusor.h"
#include "agent/job/job_host.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// The message that has the job host create the job of `order`, with the handles it needs (token,
// standard input, redirected files) duplicated into `host`, which needs PROCESS_DUP_HANDLE. On
// failure those that were duplicated already are closed there again. `scratch_directory` is the
// agent's own: data for standard input becomes a file there that goes with its last handle.
absl::StatusOr<jobhost::ToHost> BuildWindowsLaunch(const LaunchOrder& order,
                                                   const UniqueHandle& host,
                                                   const std::string& scratch_directory);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_WIN32_WINDOWS_LAUNCH_MESSAGE_H_
