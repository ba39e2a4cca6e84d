// The exit record in words.

#include <string>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "client/cli/duration_text.h"
#include "client/cli/error_report.h"
#include "client/cli/job_text.h"
#include "client/cli/size_text.h"
#include "common/proto_time.h"

namespace proctor::cli {
namespace {

// STATUS_DLL_INIT_FAILED, which programs on Windows end with at once.
constexpr uint32_t kDllInitFailed = 0xC0000142;

absl::string_view SourceText(v1::FigureSource source) {
  switch (source) {
    case v1::CGROUP:
      return " (whole tree, from its cgroup)";
    case v1::WAITED_PROCESSES:
      return " (main process and the children it waited for)";
    default:
      return "";
  }
}

std::string CpuText(const v1::ExitRecord& exit) {
  return absl::StrCat(DurationText(FromDurationProto(exit.user_cpu())), " user + ",
                      DurationText(FromDurationProto(exit.system_cpu())), " system");
}

std::string UsageText(const v1::StreamUsage& usage) {
  std::string text = absl::StrCat(SizeText(usage.bytes_kept()), " kept");
  if (usage.bytes_dropped() > 0) {
    const absl::string_view why = usage.drop_reason() == v1::SPOOL_LIMIT ? "over the stream's limit"
                                  : usage.drop_reason() == v1::SPOOL_FULL ? "disk or quota full"
                                  : usage.drop_reason() == v1::SPOOL_ERROR
                                      ? "the spool could not be written"
                                      : "reason unknown";
    absl::StrAppend(&text, ", ", SizeText(usage.bytes_dropped()), " dropped (", why, ")");
  }
  return text;
}

std::string MomentText(const google::protobuf::Timestamp& timestamp, absl::Time now) {
  const absl::Time time = FromTimestampProto(timestamp);
  return absl::StrCat(ClockText(time), " (", AgeText(time, now), ")");
}

}  // namespace

std::string ExitSummary(const v1::ExitRecord& exit) {
  std::string text = ResultText(exit, Style(false));
  if (exit.has_run_time()) {
    absl::StrAppend(&text, " after ", DurationText(FromDurationProto(exit.run_time())));
  }
  if (exit.has_user_cpu()) absl::StrAppend(&text, ", cpu ", CpuText(exit));
  if (exit.has_peak_memory_bytes()) {
    absl::StrAppend(&text, ", ", SizeText(exit.peak_memory_bytes()), " peak");
  }
  return text;
}

Fields ExitFields(const v1::ExitRecord& exit, absl::Time now, const Style& style) {
  Fields fields;
  fields.emplace_back("result", ResultText(exit, style));
  if (exit.reason() == v1::LAUNCH_FAILED) {
    fields.emplace_back("because", FailureText(exit.launch_error(), ""));
  }
  if (static_cast<uint32_t>(exit.exit_code()) == kDllInitFailed) {
    fields.emplace_back("hint",
                        "Windows had no desktop heap left to start the program with: retry "
                        "when some jobs have ended");
  }
  fields.emplace_back("final", exit.final() ? "yes" : "no, others of its tree or output remain");
  if (exit.has_run_time()) {
    fields.emplace_back("ran", DurationText(FromDurationProto(exit.run_time())));
  }
  if (exit.has_main_exited()) {
    fields.emplace_back("main exited", MomentText(exit.main_exited(), now));
  }
  if (exit.has_finished()) fields.emplace_back("finished", MomentText(exit.finished(), now));
  if (exit.has_user_cpu()) {
    fields.emplace_back("cpu", absl::StrCat(CpuText(exit), SourceText(exit.cpu_source())));
  }
  if (exit.has_peak_memory_bytes()) {
    fields.emplace_back("peak memory", absl::StrCat(SizeText(exit.peak_memory_bytes()),
                                                    SourceText(exit.memory_source())));
  }
  if (exit.has_standard_output()) fields.emplace_back("stdout", UsageText(exit.standard_output()));
  if (exit.has_standard_error()) fields.emplace_back("stderr", UsageText(exit.standard_error()));
  return fields;
}

}  // namespace proctor::cli
