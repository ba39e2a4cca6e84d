#ifndef PROCTOR_COMMON_OS_ERROR_H_
#define PROCTOR_COMMON_OS_ERROR_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "common/os_error_code.h"

namespace proctor {

// A failed operating-system call: what was called, the code it gave, and what it was about.
struct OsError {
  std::string call;     // "openat"
  int code = 0;         // errno, GetLastError()
  std::string subject;  // a path, a limit; may be empty
};

// A status that carries the OsError as a payload, so that it reaches the caller as (call, code) and
// not as prose only. The canonical code is CanonicalCode(code).
absl::Status OsErrorStatus(absl::string_view call, int code, absl::string_view subject = "");

// The same with the canonical code chosen by the caller.
absl::Status OsErrorStatus(absl::StatusCode status_code, absl::string_view call, int code,
                           absl::string_view subject = "");

// The payload of such a status, if it has one.
absl::optional<OsError> GetOsError(const absl::Status& status);

}  // namespace proctor

#endif  // PROCTOR_COMMON_OS_ERROR_H_
