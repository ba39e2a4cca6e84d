#include "client/cli/error_report.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "absl/types/optional.h"
#include "client/cli/table.h"
#include "common/failure_detail.h"
#include "common/os_error_code.h"
#include "common/printable.h"

namespace proctor::cli {
namespace {

// gRPC's own text about a connection, without what gRPC adds for its own developers:
// "failed to connect to all addresses; last error: UNKNOWN: unix:/x: No such file or directory".
std::string ConnectionProblem(absl::string_view message, absl::string_view target) {
  const size_t last = message.rfind(absl::StrCat(target, ": "));
  if (last != absl::string_view::npos) message.remove_prefix(last + target.size() + 2);
  return std::string(message);
}

ErrorReport DescribeUnreachable(const absl::Status& status, absl::string_view target) {
  const absl::string_view message = status.message();
  // TlsConnection's own words.
  if (absl::StartsWith(message, "cannot connect to ") ||
      absl::StartsWith(message, "no connection to ")) {
    // "cannot connect to HOST:PORT: Connection refused".
    const size_t reason = message.find(": ");
    return {Printable(absl::StrCat(
                "cannot reach the agent at ", target, ": ",
                reason == absl::string_view::npos ? message : message.substr(reason + 2))),
            "",
            "Look whether the name and the port are right, and whether proctord listens there "
            "(tls_listen in its configuration)."};
  }
  if (absl::StrContains(message, "failed to connect")) {
    return {Printable(absl::StrCat("cannot reach the agent at ", target, ": ",
                                   ConnectionProblem(message, target))),
            "",
            absl::StrContains(message, "ermission denied")
                ? "You may not connect to this socket; ask for access, or name another agent with "
                  "--agent or PROCTOR_AGENT."
                : "Start proctord, or name another agent with --agent or PROCTOR_AGENT."};
  }
  return {Printable(absl::StrCat("the connection to the agent at ", target, " broke: ", message)),
          "", ""};
}

// A number alone says nothing: 2 is ENOENT, and ERROR_FILE_NOT_FOUND. For codes that are not this
// system's, the words are those of whoever met with them, in the message after the call: a Kerberos
// library says there which of two things is out of date.
std::string SystemMessage(const v1::FailureDetail& detail, absl::string_view message) {
  if (detail.os_error_name().empty()) return "";
  if (detail.os_error_name() == OsErrorName(detail.os_error_code())) {
    return Printable(OsErrorText(detail.os_error_code()));
  }
  const std::string call =
      absl::StrCat(detail.call(), detail.subject().empty() ? "" : " ", detail.subject(), ": ");
  if (!absl::ConsumePrefix(&message, call)) return "";
  return Printable(message);
}

}  // namespace

std::string FailureText(const v1::FailureDetail& detail, absl::string_view message) {
  std::string text;
  if (detail.stage() != v1::PIPELINE_STAGE_UNSPECIFIED) {
    absl::StrAppend(&text, "stage ", v1::PipelineStage_Name(detail.stage()), ": ");
  }
  if (!detail.field().empty() && !absl::StrContains(message, detail.field())) {
    absl::StrAppend(&text, detail.field(), ": ");
  }
  if (!detail.os_error_name().empty()) {
    absl::StrAppend(&text, detail.call(), detail.subject().empty() ? "" : " ", detail.subject(),
                    ": ", detail.os_error_name(), " (", detail.os_error_code(), ")");
  } else {
    absl::StrAppend(&text, message.empty() ? absl::string_view(detail.subject()) : message);
  }
  return Printable(text);
}

absl::Status Blame(absl::string_view option, const absl::Status& status) {
  return absl::Status(status.code(), absl::StrCat(option, ": ", status.message()));
}

ErrorReport DescribeError(const absl::Status& status, absl::string_view target) {
  const absl::optional<v1::FailureDetail> detail = GetFailureDetail(status);
  if (detail.has_value()) {
    return {FailureText(*detail, status.message()), SystemMessage(*detail, status.message()),
            Printable(detail->advice())};
  }
  if (absl::IsUnavailable(status)) return DescribeUnreachable(status, target);
  if (absl::IsNotFound(status) && absl::StartsWith(status.message(), "no job")) {
    return {
        Printable(status.message()), "",
        "proctor ps --all shows the jobs there are. Records are deleted some time after the job's "
        "end: see --retention of run and launch."};
  }
  if (!status.message().empty()) return {Printable(status.message()), "", ""};
  return {absl::StrReplaceAll(absl::StatusCodeToString(status.code()), {{"_", " "}}), "", ""};
}

}  // namespace proctor::cli
