#include "common/os_error_code.h"

#include <windows.h>

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

struct KnownCode {
  DWORD code;
  const char* name;
  absl::StatusCode status;
};

#define PROCTOR_CODE(code, status) \
  { code, #code, absl::StatusCode::status }
#define PROCTOR_SECURITY_CODE(code, status) \
  { static_cast<DWORD>(code), #code, absl::StatusCode::status }
// Those that the calls of the token pipeline, job objects, pipes, files and SSPI are documented to
// give.
constexpr KnownCode kCodes[] = {
    PROCTOR_CODE(ERROR_FILE_NOT_FOUND, kNotFound),
    PROCTOR_CODE(ERROR_PATH_NOT_FOUND, kNotFound),
    PROCTOR_CODE(ERROR_TOO_MANY_OPEN_FILES, kResourceExhausted),
    PROCTOR_CODE(ERROR_ACCESS_DENIED, kPermissionDenied),
    PROCTOR_CODE(ERROR_INVALID_HANDLE, kInternal),
    PROCTOR_CODE(ERROR_NOT_ENOUGH_MEMORY, kResourceExhausted),
    PROCTOR_CODE(ERROR_BAD_FORMAT, kFailedPrecondition),
    PROCTOR_CODE(ERROR_OUTOFMEMORY, kResourceExhausted),
    PROCTOR_CODE(ERROR_WRITE_PROTECT, kPermissionDenied),
    PROCTOR_CODE(ERROR_SHARING_VIOLATION, kUnavailable),
    PROCTOR_CODE(ERROR_HANDLE_DISK_FULL, kResourceExhausted),
    PROCTOR_CODE(ERROR_NOT_SUPPORTED, kFailedPrecondition),
    PROCTOR_CODE(ERROR_BAD_NETPATH, kNotFound),
    PROCTOR_CODE(ERROR_FILE_EXISTS, kAlreadyExists),
    PROCTOR_CODE(ERROR_INVALID_PARAMETER, kInvalidArgument),
    PROCTOR_CODE(ERROR_BROKEN_PIPE, kUnavailable),
    PROCTOR_CODE(ERROR_DISK_FULL, kResourceExhausted),
    PROCTOR_CODE(ERROR_CALL_NOT_IMPLEMENTED, kFailedPrecondition),
    PROCTOR_CODE(ERROR_SEM_TIMEOUT, kDeadlineExceeded),
    PROCTOR_CODE(ERROR_INSUFFICIENT_BUFFER, kInternal),
    PROCTOR_CODE(ERROR_INVALID_NAME, kInvalidArgument),
    PROCTOR_CODE(ERROR_INVALID_LEVEL, kFailedPrecondition),
    PROCTOR_CODE(ERROR_MOD_NOT_FOUND, kNotFound),
    PROCTOR_CODE(ERROR_BAD_PATHNAME, kInvalidArgument),
    PROCTOR_CODE(ERROR_ALREADY_EXISTS, kAlreadyExists),
    PROCTOR_CODE(ERROR_BAD_EXE_FORMAT, kFailedPrecondition),
    PROCTOR_CODE(ERROR_FILENAME_EXCED_RANGE, kInvalidArgument),
    PROCTOR_CODE(ERROR_BAD_PIPE, kUnavailable),
    PROCTOR_CODE(ERROR_PIPE_BUSY, kUnavailable),
    PROCTOR_CODE(ERROR_NO_DATA, kUnavailable),
    PROCTOR_CODE(ERROR_PIPE_NOT_CONNECTED, kUnavailable),
    PROCTOR_CODE(ERROR_MORE_DATA, kInternal),
    PROCTOR_CODE(WAIT_TIMEOUT, kDeadlineExceeded),
    PROCTOR_CODE(ERROR_DIRECTORY, kNotFound),
    // Not in every SDK that builds this.
    {740, "ERROR_ELEVATION_REQUIRED", absl::StatusCode::kPermissionDenied},
    PROCTOR_CODE(ERROR_NO_TOKEN, kFailedPrecondition),
    PROCTOR_CODE(ERROR_NOT_FOUND, kNotFound),
    PROCTOR_CODE(ERROR_SERVICE_EXISTS, kAlreadyExists),
    PROCTOR_CODE(ERROR_SERVICE_REQUEST_TIMEOUT, kDeadlineExceeded),
    PROCTOR_CODE(ERROR_SERVICE_ALREADY_RUNNING, kAlreadyExists),
    PROCTOR_CODE(ERROR_SERVICE_DOES_NOT_EXIST, kNotFound),
    PROCTOR_CODE(ERROR_SERVICE_CANNOT_ACCEPT_CTRL, kUnavailable),
    PROCTOR_CODE(ERROR_SERVICE_NOT_ACTIVE, kFailedPrecondition),
    PROCTOR_CODE(ERROR_FAILED_SERVICE_CONTROLLER_CONNECT, kFailedPrecondition),
    PROCTOR_CODE(ERROR_SERVICE_MARKED_FOR_DELETE, kFailedPrecondition),
    PROCTOR_CODE(ERROR_NOT_ALL_ASSIGNED, kPermissionDenied),
    PROCTOR_CODE(ERROR_PRIVILEGE_NOT_HELD, kPermissionDenied),
    PROCTOR_CODE(ERROR_NO_LOGON_SERVERS, kUnavailable),
    PROCTOR_CODE(ERROR_NO_SUCH_LOGON_SESSION, kFailedPrecondition),
    PROCTOR_CODE(ERROR_NO_SUCH_USER, kNotFound),
    PROCTOR_CODE(ERROR_LOGON_FAILURE, kUnauthenticated),
    PROCTOR_CODE(ERROR_ACCOUNT_RESTRICTION, kUnauthenticated),
    PROCTOR_CODE(ERROR_INVALID_LOGON_HOURS, kUnauthenticated),
    PROCTOR_CODE(ERROR_INVALID_WORKSTATION, kUnauthenticated),
    PROCTOR_CODE(ERROR_PASSWORD_EXPIRED, kUnauthenticated),
    PROCTOR_CODE(ERROR_ACCOUNT_DISABLED, kUnauthenticated),
    PROCTOR_CODE(ERROR_ACCOUNT_EXPIRED, kUnauthenticated),
    PROCTOR_CODE(ERROR_PASSWORD_MUST_CHANGE, kUnauthenticated),
    PROCTOR_CODE(ERROR_ACCOUNT_LOCKED_OUT, kUnauthenticated),
    PROCTOR_CODE(ERROR_NONE_MAPPED, kNotFound),
    PROCTOR_CODE(ERROR_INVALID_SID, kInvalidArgument),
    PROCTOR_CODE(ERROR_BAD_IMPERSONATION_LEVEL, kFailedPrecondition),
    PROCTOR_CODE(ERROR_CANT_OPEN_ANONYMOUS, kFailedPrecondition),
    PROCTOR_CODE(ERROR_CANNOT_IMPERSONATE, kFailedPrecondition),
    PROCTOR_CODE(ERROR_LOGON_TYPE_NOT_GRANTED, kPermissionDenied),
    PROCTOR_CODE(ERROR_NO_SYSTEM_RESOURCES, kResourceExhausted),
    PROCTOR_CODE(ERROR_COMMITMENT_LIMIT, kResourceExhausted),
    PROCTOR_CODE(ERROR_NOT_ENOUGH_QUOTA, kResourceExhausted),
    PROCTOR_SECURITY_CODE(SEC_E_INSUFFICIENT_MEMORY, kResourceExhausted),
    PROCTOR_SECURITY_CODE(SEC_E_INVALID_HANDLE, kInternal),
    PROCTOR_SECURITY_CODE(SEC_E_UNSUPPORTED_FUNCTION, kFailedPrecondition),
    PROCTOR_SECURITY_CODE(SEC_E_TARGET_UNKNOWN, kUnauthenticated),
    PROCTOR_SECURITY_CODE(SEC_E_INTERNAL_ERROR, kInternal),
    PROCTOR_SECURITY_CODE(SEC_E_SECPKG_NOT_FOUND, kFailedPrecondition),
    PROCTOR_SECURITY_CODE(SEC_E_INVALID_TOKEN, kUnauthenticated),
    PROCTOR_SECURITY_CODE(SEC_E_LOGON_DENIED, kUnauthenticated),
    PROCTOR_SECURITY_CODE(SEC_E_UNKNOWN_CREDENTIALS, kUnauthenticated),
    PROCTOR_SECURITY_CODE(SEC_E_NO_CREDENTIALS, kUnauthenticated),
    PROCTOR_SECURITY_CODE(SEC_E_MESSAGE_ALTERED, kUnauthenticated),
    PROCTOR_SECURITY_CODE(SEC_E_OUT_OF_SEQUENCE, kUnauthenticated),
    PROCTOR_SECURITY_CODE(SEC_E_NO_AUTHENTICATING_AUTHORITY, kUnavailable),
    PROCTOR_SECURITY_CODE(SEC_E_CONTEXT_EXPIRED, kUnauthenticated),
    PROCTOR_SECURITY_CODE(SEC_E_WRONG_PRINCIPAL, kUnauthenticated),
    PROCTOR_SECURITY_CODE(SEC_E_TIME_SKEW, kUnauthenticated),
    PROCTOR_SECURITY_CODE(SEC_E_NO_IMPERSONATION, kFailedPrecondition),
    PROCTOR_SECURITY_CODE(SEC_E_KDC_UNABLE_TO_REFER, kUnauthenticated),
    PROCTOR_SECURITY_CODE(SEC_E_BAD_BINDINGS, kUnauthenticated),
    PROCTOR_SECURITY_CODE(SEC_E_NO_KERB_KEY, kUnauthenticated),
    PROCTOR_SECURITY_CODE(SEC_E_DOWNGRADE_DETECTED, kUnavailable),
};
#undef PROCTOR_CODE
#undef PROCTOR_SECURITY_CODE

const KnownCode* Find(int code) {
  for (const KnownCode& known : kCodes) {
    if (known.code == static_cast<DWORD>(code)) return &known;
  }
  return nullptr;
}

}  // namespace

std::string OsErrorName(int code) {
  const KnownCode* known = Find(code);
  if (known != nullptr) return known->name;
  // Statuses and HRESULTs are known by their hexadecimal form.
  if (code < 0) return absl::StrCat("0x", absl::Hex(static_cast<uint32_t>(code), absl::kZeroPad8));
  return absl::StrCat("error ", code);
}

std::string OsErrorText(int code) {
  wchar_t* text = nullptr;
  const DWORD length = ::FormatMessageW(
      FORMAT_MESSAGE_ALLOCATE_BUFFER | FORMAT_MESSAGE_FROM_SYSTEM | FORMAT_MESSAGE_IGNORE_INSERTS,
      nullptr, static_cast<DWORD>(code), 0, reinterpret_cast<wchar_t*>(&text), 0, nullptr);
  const std::unique_ptr<wchar_t, decltype(&::LocalFree)> owner(text, &::LocalFree);
  if (length == 0) return "no description";
  std::string line = FromUtf16(std::wstring_view(text, length));
  for (char& c : line) {
    if (c == '\r' || c == '\n') c = ' ';
  }
  absl::RemoveExtraAsciiWhitespace(&line);
  if (!line.empty() && line.back() == '.') line.pop_back();
  return line;
}

absl::StatusCode CanonicalCode(int code) {
  const KnownCode* known = Find(code);
  return known != nullptr ? known->status : absl::StatusCode::kInternal;
}

}  // namespace proctor
