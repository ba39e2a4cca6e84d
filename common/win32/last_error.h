#ifndef PROCTOR_COMMON_WIN32_LAST_ERROR_H_
#define PROCTOR_COMMON_WIN32_LAST_ERROR_H_

#include <windows.h>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "common/os_error.h"

namespace proctor {

// The status of the call that just failed on this thread. Call it before anything else can change
// GetLastError().
inline absl::Status LastErrorStatus(absl::string_view call, absl::string_view subject = "") {
  return OsErrorStatus(call, static_cast<int>(::GetLastError()), subject);
}

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_LAST_ERROR_H_
