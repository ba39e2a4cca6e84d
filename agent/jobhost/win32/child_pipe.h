#ifndef PROCTOR_AGENT_JOBHOST_WIN32_CHILD_PIPE_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_CHILD_PIPE_H_

#include "absl/status/statusor.h"
#include "common/win32/unique_handle.h"

namespace proctor::jobhost {

// A pipe for a child's output. CreatePipe's cannot be read overlapped, so this is a named one with
// a random name, one instance and no remote clients. Neither end is inheritable.
struct ChildPipe {
  UniqueHandle reader;  // Overlapped.
  UniqueHandle writer;  // Blocking, as programs expect of their standard output.

  static absl::StatusOr<ChildPipe> Create();
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_CHILD_PIPE_H_
