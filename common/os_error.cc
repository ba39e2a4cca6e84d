#include "common/os_error.h"

#include <cerrno>
#include <cstring>
#include <vector>

#include "absl/strings/cord.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace proctor {
namespace {

constexpr char kPayloadUrl[] = "proctor/os-error";

}  // namespace

std::string OsErrorName(int code) {
  const char* name = ::strerrorname_np(code);
  return name != nullptr ? std::string(name) : absl::StrCat("errno ", code);
}

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

absl::Status OsErrorStatus(absl::string_view call, int code, absl::string_view subject) {
  return OsErrorStatus(CanonicalCode(code), call, code, subject);
}

absl::Status OsErrorStatus(absl::StatusCode status_code, absl::string_view call, int code,
                           absl::string_view subject) {
  absl::Status status(status_code, absl::StrCat(call, subject.empty() ? "" : " ", subject, ": ",
                                                std::strerror(code), " (", OsErrorName(code), ")"));
  status.SetPayload(kPayloadUrl, absl::Cord(absl::StrCat(call, "\n", code, "\n", subject)));
  return status;
}

absl::optional<OsError> GetOsError(const absl::Status& status) {
  const absl::optional<absl::Cord> payload = status.GetPayload(kPayloadUrl);
  if (!payload.has_value()) return absl::nullopt;
  const std::string text(*payload);
  const std::vector<std::string> parts = absl::StrSplit(text, absl::MaxSplits('\n', 2));
  OsError error;
  if (parts.size() != 3 || !absl::SimpleAtoi(parts[1], &error.code)) return absl::nullopt;
  error.call = parts[0];
  error.subject = parts[2];
  return error;
}

}  // namespace proctor
