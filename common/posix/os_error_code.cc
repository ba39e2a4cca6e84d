#include "common/os_error_code.h"

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace proctor {

std::string OsErrorName(int code) {
  const char* name = ::strerrorname_np(code);
  return name != nullptr ? std::string(name) : absl::StrCat("errno ", code);
}

std::string OsErrorText(int code) { return std::strerror(code); }

absl::StatusCode CanonicalCode(int code) {
  switch (code) {
    case ENOENT:
    case ENOTDIR:
    case ESRCH:
      return absl::StatusCode::kNotFound;
    case EACCES:
    case EPERM:
    case EROFS:
      return absl::StatusCode::kPermissionDenied;
    case EMFILE:
    case ENFILE:
    case ENOMEM:
    case ENOSPC:
    case EDQUOT:
    case EAGAIN:
    case ENOBUFS:
      return absl::StatusCode::kResourceExhausted;
    case ENOEXEC:
    case ELIBBAD:
    case ETXTBSY:
    case EISDIR:
    case ELOOP:
    case ENXIO:
    case ENODEV:
    case EBUSY:
      return absl::StatusCode::kFailedPrecondition;
    case EEXIST:
      return absl::StatusCode::kAlreadyExists;
    case E2BIG:
    case ENAMETOOLONG:
    case EINVAL:
      return absl::StatusCode::kInvalidArgument;
    case ETIMEDOUT:
      return absl::StatusCode::kDeadlineExceeded;
    case EPIPE:
    case ECONNRESET:
    case ECONNREFUSED:
      return absl::StatusCode::kUnavailable;
    default:
      return absl::StatusCode::kInternal;
  }
}

}  // namespace proctor
