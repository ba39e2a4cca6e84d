#ifndef PROCTOR_AGENT_JOBHOST_WIN32_THREAD_PRIVILEGES_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_THREAD_PRIVILEGES_H_

#include <windows.h>

#include "absl/status/status.h"
#include "absl/types/span.h"

namespace proctor::jobhost {

// Privileges that are enabled on this thread only, for as long as this lives. One that the process
// does not hold is left out: whether it was needed, the call that follows says. Ends the process
// when the thread cannot be reverted. Not to be moved to another thread.
class ThreadPrivileges {
 public:
  explicit ThreadPrivileges(absl::Span<const wchar_t* const> names);
  ~ThreadPrivileges();
  ThreadPrivileges(const ThreadPrivileges&) = delete;
  ThreadPrivileges& operator=(const ThreadPrivileges&) = delete;

 private:
  bool impersonating_ = false;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_THREAD_PRIVILEGES_H_
