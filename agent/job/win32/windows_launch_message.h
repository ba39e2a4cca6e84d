#ifndef PROCTOR_AGENT_JOB_WIN32_WINDOWS_LAUNCH_MESSAGE_H_
#define PROCTOR_AGENT_JOB_WIN32_WINDOWS_LAUNCH_MESSAGE_H_

#include <functional>
#include <string>

#include "absl/status/statusor.h"
#include "agent/job/job_host.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// The data for the job's standard input as a file in the agent's own `scratch_directory` that goes
// with its last handle. Invalid where there is none.
absl::StatusOr<UniqueHandle> StdinFile(const LaunchOrder& order,
                                       const std::string& scratch_directory);

// Has the job host create the job of `order`: duplicates the handles it needs (token, `input`,
// redirected files) into `host`, which needs PROCESS_DUP_HANDLE, and sends the message that names
// them. Whatever fails, they are closed there again.
absl::Status SendWindowsLaunch(const LaunchOrder& order, const UniqueHandle& input,
                               const UniqueHandle& host,
                               const std::function<absl::Status(const jobhost::ToHost&)>& send);

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_WIN32_WINDOWS_LAUNCH_MESSAGE_H_
