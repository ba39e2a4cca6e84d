#ifndef PROCTOR_COMMON_WIN32_THREAD_PRIVILEGES_H_
#define PROCTOR_COMMON_WIN32_THREAD_PRIVILEGES_H_

#include <windows.h>

#include <string>
#include <vector>

#include "absl/types/span.h"

namespace proctor {

// Privileges that are enabled on this thread only, for as long as this lives: the thread gets a
// copy of the process's token for it, so it must not be impersonating anybody. One that the process
// does not hold is left out and named by missing(): whether it was needed, the call that follows
// says. Ends the process when the thread cannot be reverted. Not to be moved to another thread.
class ThreadPrivileges {
 public:
  explicit ThreadPrivileges(absl::Span<const wchar_t* const> names);
  // Keeps GetLastError().
  ~ThreadPrivileges();
  ThreadPrivileges(const ThreadPrivileges&) = delete;
  ThreadPrivileges& operator=(const ThreadPrivileges&) = delete;

  // Those that are not enabled now.
  const std::vector<std::string>& missing() const { return missing_; }

 private:
  bool impersonating_ = false;
  std::vector<std::string> missing_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_THREAD_PRIVILEGES_H_
