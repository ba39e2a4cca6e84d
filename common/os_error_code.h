#ifndef PROCTOR_COMMON_OS_ERROR_CODE_H_
#define PROCTOR_COMMON_OS_ERROR_CODE_H_

#include <string>

#include "absl/status/status.h"

namespace proctor {

// What the platform knows about one of its error codes: errno on POSIX, GetLastError() (also an
// NTSTATUS or a security status) on Windows.

// "ENOENT", "ERROR_ACCESS_DENIED"; "errno 4711", "error 4711" for one without a name.
std::string OsErrorName(int code);

// "No such file or directory"; one line.
std::string OsErrorText(int code);

// What it means to a caller: ENOENT and ERROR_FILE_NOT_FOUND are kNotFound, no permission is
// kPermissionDenied, no room kResourceExhausted; what says nothing is kInternal.
absl::StatusCode CanonicalCode(int code);

}  // namespace proctor

#endif  // PROCTOR_COMMON_OS_ERROR_CODE_H_
