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

// A program or a directory. While the handle is open nobody can remove, replace or rename what the
// path names, nor a folder above it, and the path holds nothing that could lead elsewhere: no link,
// no drive letter of the user's own.
struct OpenedPath {
  std::string path;
  UniqueHandle handle;
};

// Open until the process has been created.
class OpenedFiles final : public SecurityContext {
 public:
  UniqueHandle program;
  UniqueHandle directory;
  // Redirections that go to files.
  UniqueHandle standard_output;
  UniqueHandle standard_error;
};

// Paths are relative to the job's working `directory`, an absolute path, never to the agent's own.

// Opens `target`'s file for writing in its mode. FAILED_PRECONDITION for what is no disk file
// unless the target allows it.
absl::StatusOr<UniqueHandle> OpenRedirection(const v1::OutputTarget::File& target,
                                             const std::string& directory);

// The program: itself when it has a directory, otherwise the first of PATH in `environment` that
// holds it. A name that is not there as it stands is tried with those extensions of PATHEXT that
// CreateProcess or cmd.exe runs. Entries of PATH that are not absolute are left out. NOT_FOUND
// names what was looked for; another error is of a file that is there and cannot be used.
absl::StatusOr<OpenedPath> FindProgram(const std::string& program, const std::string& directory,
                                       const std::vector<std::string>& environment);

// An absolute path to a program, for execution.
absl::StatusOr<OpenedPath> OpenProgram(const std::string& path);

// A directory that can be entered.
absl::StatusOr<OpenedPath> OpenDirectory(const std::string& path);

// FAILED_PRECONDITION when the file is on another machine.
absl::Status CheckLocal(const OpenedPath& file);

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_WIN32_USER_FILES_H_
