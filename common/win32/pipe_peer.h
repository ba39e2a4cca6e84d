#ifndef PROCTOR_COMMON_WIN32_PIPE_PEER_H_
#define PROCTOR_COMMON_WIN32_PIPE_PEER_H_

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// The process at the other end of a named pipe, opened with PROCESS_QUERY_LIMITED_INFORMATION and
// SYNCHRONIZE, and with `access`: as long as the handle is held, its id is not given to another
// process. The id itself is of the moment of the connection; a process that opened the pipe and
// ended fails the opening.
absl::StatusOr<UniqueHandle> PipeClientProcess(const UniqueHandle& pipe, DWORD access = 0);
absl::StatusOr<UniqueHandle> PipeServerProcess(const UniqueHandle& pipe);

// PERMISSION_DENIED unless the process runs as the user that this one runs as.
absl::Status CheckSameUser(const UniqueHandle& process);

// PERMISSION_DENIED unless the pipe, opened with READ_CONTROL, belongs to the user that this
// process runs as, as PipeListener's do: the id of a process may be another's by the time it is
// looked up.
absl::Status CheckOwnPipe(const UniqueHandle& pipe);

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_PIPE_PEER_H_
