#ifndef PROCTOR_AGENT_TOKEN_WIN32_USER_FILES_H_
#define PROCTOR_AGENT_TOKEN_WIN32_USER_FILES_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/token/security_context.h"
#include "common/win32/unique_handle.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// Files of a launch, opened or looked up while the thread is the job's user.

// Redirections that go to files.
class RedirectedFiles final : public SecurityContext {
 public:
  UniqueHandle standard_output;
  UniqueHandle standard_error;
};

// Paths are relative to the job's working `directory`, an absolute path, never to the agent's own.

// Opens `target`'s file for writing in its mode. FAILED_PRECONDITION for what is no disk file
// unless the target allows it.
absl::StatusOr<UniqueHandle> OpenRedirection(const v1::OutputTarget::File& target,
                                             const std::string& directory);

// The program's absolute path: itself when it has a directory, otherwise the first of PATH in
// `environment` that holds it, with ".exe" when it has no extension. Entries of PATH that are not
// absolute are left out. NOT_FOUND names what was looked for.
absl::StatusOr<std::string> FindProgram(const std::string& program, const std::string& directory,
                                        const std::vector<std::string>& environment);

// OK when the directory can be entered.
absl::Status CheckDirectory(const std::string& path);

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_WIN32_USER_FILES_H_
