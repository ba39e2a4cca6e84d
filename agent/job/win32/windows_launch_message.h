#ifndef PROCTOR_AGENT_JOB_WIN32_WINDOWS_LAUNCH_MESSAGE_H_
#define PROCTOR_AGENT_JOB_WIN32_WINDOWS_LAUNCH_MESSAGE_H_

#include <functional>
#include <string>

#include "absl/status/status.h"
#include "agent/job/job_host.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// Has the job host create the job of `order`: duplicates the handles it needs (token, standard
// input, redirected files) into `host`, which needs PROCESS_DUP_HANDLE, and sends the message that
// names them. Whatever fails, they are closed there again. `scratch_directory` is the agent's own:
// data for standard input becomes a file there that goes with its last handle.
absl::Status SendWindowsLaunch(const LaunchOrder& order, const UniqueHandle& host,
                               const std::string& scratch_directory,
                               const std::function<absl::Status(const jobhost::ToHost&)>& send);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_WIN32_WINDOWS_LAUNCH_MESSAGE_H_
