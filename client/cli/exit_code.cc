#include "client/cli/exit_code.h"

#include <string>

#include "absl/strings/match.h"
#include "absl/types/optional.h"
#include "common/failure_detail.h"

namespace proctor::cli {
namespace {

// Names, not numbers: the error numbers are those of the agent's platform, not of this one.
int ExitCodeOfFailure(const v1::FailureDetail& detail) {
  const bool program = absl::StartsWith(detail.call(), "exec") ||
                       absl::StartsWith(detail.call(), "CreateProcess") ||
                       detail.call() == "CreateFileW FILE_EXECUTE";
  if (!program) return kExitProctorFailed;
  const std::string& error = detail.os_error_name();
  const bool missing =
      error == "ENOENT" || error == "ERROR_FILE_NOT_FOUND" || error == "ERROR_PATH_NOT_FOUND";
  return missing ? kExitNotFound : kExitNotExecutable;
}

}  // namespace

int ExitCodeOf(const v1::ExitRecord& exit) {
  switch (exit.reason()) {
    case v1::TIMED_OUT:
      return kExitTimedOut;
    case v1::LAUNCH_FAILED:
      return ExitCodeOfFailure(exit.launch_error());
    case v1::JOB_LOST:
      return kExitProctorFailed;
    default:
      break;
  }
  if (exit.has_signal()) return kExitSignalBase + exit.signal();
  if (exit.has_exit_code()) return exit.exit_code();
  return kExitProctorFailed;
}

int ExitCodeOf(const absl::Status& status) {
  const absl::optional<v1::FailureDetail> detail = GetFailureDetail(status);
  return detail.has_value() ? ExitCodeOfFailure(*detail) : kExitProctorFailed;
}

}  // namespace proctor::cli
