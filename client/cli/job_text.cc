#include "client/cli/job_text.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "client/cli/duration_text.h"
#include "client/cli/signal_name.h"
#include "client/cli/table.h"
#include "common/printable.h"
#include "common/proto_time.h"

namespace proctor::cli {
namespace {

constexpr absl::string_view kPlainCharacters = "%+,-./:=@_^";

bool IsPlain(absl::string_view word) {
  return !word.empty() && std::all_of(word.begin(), word.end(), [](unsigned char c) {
    return absl::ascii_isalnum(c) || c >= 0x80 ||
           kPlainCharacters.find(c) != absl::string_view::npos;
  });
}

absl::string_view ReasonText(v1::ExitReason reason) {
  switch (reason) {
    case v1::EXITED:
      return "exited by itself";
    case v1::SIGNALED:
      return "ended by a signal";
    case v1::KILLED:
      return "killed";
    case v1::TIMED_OUT:
      return "timed out";
    case v1::LIMIT_EXCEEDED:
      return "over a resource limit";
    case v1::OUT_OF_MEMORY:
      return "out of memory";
    case v1::LAUNCH_FAILED:
      return "not started";
    case v1::JOB_LOST:
      return "lost with the job host";
    default:
      return "unknown";
  }
}

// "code 3", "SIGSEGV (core dumped)", "".
std::string StatusText(const v1::ExitRecord& exit) {
  if (exit.has_signal()) {
    return absl::StrCat(SignalName(exit.signal()), exit.core_dumped() ? " (core dumped)" : "");
  }
  return exit.has_exit_code() ? absl::StrCat("exit ", exit.exit_code()) : "";
}

}  // namespace

std::string FieldsText(const Fields& fields, const Style& style) {
  size_t width = 0;
  for (const auto& [name, value] : fields) width = std::max(width, name.size());
  std::string text;
  for (const auto& [name, value] : fields) {
    absl::StrAppend(&text, "  ", style.Dim(name), std::string(width - name.size() + 2, ' '), value,
                    "\n");
  }
  return text;
}

std::string QuoteWord(absl::string_view word) {
  if (IsPlain(word)) return Printable(word);
  return Printable(absl::StrCat("'", absl::StrReplaceAll(word, {{"'", "'\\''"}}), "'"));
}

std::string CommandText(const v1::LaunchSpec& spec) {
  const auto& words = spec.argv().empty() ? spec.byte_strings().argv() : spec.argv();
  return absl::StrJoin(
      words, " ", [](std::string* out, const std::string& word) { out->append(QuoteWord(word)); });
}

std::string StateText(v1::JobState state, const Style& style) {
  const std::string text = absl::AsciiStrToLower(v1::JobState_Name(state));
  switch (state) {
    case v1::RUNNING:
      return style.Good(text);
    case v1::CREATED:
    case v1::DRAINING:
      return style.Warning(text);
    case v1::LOST:
      return style.Bad(text);
    default:
      return text;
  }
}

std::string ResultText(const v1::ExitRecord& exit, const Style& style) {
  const std::string status = StatusText(exit);
  switch (exit.reason()) {
    case v1::EXIT_REASON_UNSPECIFIED:
      return "";
    case v1::EXITED:
      return exit.exit_code() == 0 ? status : style.Bad(status);
    case v1::SIGNALED:
      return style.Bad(status);
    case v1::LAUNCH_FAILED:
      return style.Bad(absl::StrCat("not started: ", exit.launch_error().os_error_name()));
    case v1::JOB_LOST:
      return style.Bad("lost");
    default: {
      const absl::string_view reason = ReasonText(exit.reason());
      return style.Warning(status.empty() ? std::string(reason)
                                          : absl::StrCat(reason, " (", status, ")"));
    }
  }
}

std::string PrincipalName(const v1::Principal& principal) {
  if (!principal.name().empty()) return Printable(principal.name());
  if (principal.has_windows()) return Printable(principal.windows().sid());
  return principal.has_posix() ? absl::StrCat("uid ", principal.posix().uid()) : "";
}

std::string PrincipalText(const v1::Principal& principal) {
  if (principal.has_windows()) {
    return absl::StrCat(Printable(principal.name()), " (", Printable(principal.windows().sid()),
                        ")");
  }
  if (!principal.has_posix()) return Printable(principal.name());
  const v1::PosixIdentity& posix = principal.posix();
  const std::string ids =
      absl::StrCat("uid ", posix.uid(), ", gid ", posix.gid(),
                   posix.groups().empty() ? "" : ", groups ", absl::StrJoin(posix.groups(), " "));
  return principal.name().empty() ? ids : absl::StrCat(Printable(principal.name()), " (", ids, ")");
}

std::string ContainmentText(v1::Containment containment) {
  switch (containment) {
    case v1::CGROUP_V2:
      return "cgroup v2";
    case v1::SESSION_AND_SUBREAPER:
      return "session and subreaper (a process can escape)";
    case v1::JOB_OBJECT:
      return "job object";
    default:
      return "unknown";
  }
}

std::string StagesText(const google::protobuf::RepeatedPtrField<v1::StageReport>& stages,
                       size_t width, const Style& style) {
  Table table({"STAGE", "CALL", "TIME", "RESULT"});
  table.AlignRight(2);
  for (const v1::StageReport& stage : stages) {
    const bool failed = stage.os_error_code() != 0;
    std::string result = Printable(stage.result());
    if (failed) {
      result = style.Bad(absl::StrCat(stage.os_error_name(), " (", stage.os_error_code(), ")",
                                      result.empty() ? "" : ": ", result));
    } else if (stage.skipped()) {
      result = absl::StrCat("skipped: ", result);
    }
    table.AddRow({v1::PipelineStage_Name(stage.stage()), Printable(stage.call()),
                  stage.has_duration() ? DurationText(FromDurationProto(stage.duration())) : "",
                  result});
  }
  return table.Render(width, style.coloured());
}

std::string LaunchedText(const v1::LaunchResponse& launched, size_t width, const Style& style) {
  std::string text =
      absl::StrCat("job ", style.Bold(launched.job_id()),
                   launched.existing() ? " (launched before under this request id)" : "");
  if (launched.has_main_process()) {
    absl::StrAppend(&text, ", pid ", launched.main_process().pid());
  }
  absl::StrAppend(&text, ", held by ", ContainmentText(launched.containment()), "\n");
  if (launched.has_user()) {
    absl::StrAppend(&text, "runs as ", PrincipalText(launched.user()), "\n");
  }
  if (!launched.stages().empty()) {
    absl::StrAppend(&text, StagesText(launched.stages(), width, style));
  }
  return text;
}

}  // namespace proctor::cli
