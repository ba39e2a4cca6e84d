#include "agent/log.h"

#include <google/protobuf/stubs/logging.h>
#include <grpc/support/log.h>

#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "common/log.h"
#include "common/log_setup.h"
#include "common/proto_time.h"

namespace proctor {
namespace {

LogOptions OptionsOf(const config::LogConfig& config) {
  LogOptions options;
  options.level = config.level();
  options.file = config.file();
  options.max_queued_lines = config.max_queued_lines();
  options.aggregation = absl::Seconds(config.aggregate_seconds());
  return options;
}

// The libraries' own lines go to standard error, on the threads that serve calls, and strangers
// cause some of them at will.
void TakeLibraryLine(absl::string_view library, bool error, const char* file, int line,
                     absl::string_view text) {
  absl::string_view name = file;
  name.remove_prefix(name.rfind('/') + 1);
  LogRepeated(error ? LogLevel::kWarning : LogLevel::kInfo, library, absl::StrCat(name, ":", line),
              library, ": ", text);
}

// What gRPC logs as an error for each client that names another host than the certificate does. It
// then goes on with the certificate, whose name decides nothing here: the certificate that the
// listener makes for itself has none that anybody would look for.
constexpr absl::string_view kOtherServerName = "No match found for server name";

void TakeGrpcLine(gpr_log_func_args* line) {
  if (absl::StartsWith(line->message, kOtherServerName)) return;
  TakeLibraryLine("gRPC", line->severity == GPR_LOG_SEVERITY_ERROR, line->file, line->line,
                  line->message);
}

void TakeProtobufLine(google::protobuf::LogLevel level, const char* file, int line,
                      const std::string& text) {
  TakeLibraryLine("protobuf", level >= google::protobuf::LOGLEVEL_WARNING, file, line, text);
}

std::string WhoAndWhat(const JobAudit& job) {
  std::string text = absl::StrCat("job ", job.job_id, " user ", job.user->ToString());
  if (job.user->key() != job.owner->key()) {
    absl::StrAppend(&text, " for ", job.owner->ToString());
  }
  absl::StrAppend(&text, " pid ", job.pid);
  return text;
}

std::string Ending(const v1::ExitRecord& exit) {
  std::string text = absl::StrCat("reason ", v1::ExitReason_Name(exit.reason()));
  if (exit.has_exit_code()) absl::StrAppend(&text, " code ", exit.exit_code());
  if (exit.has_signal()) absl::StrAppend(&text, " signal ", exit.signal());
  if (exit.has_run_time()) {
    absl::StrAppend(&text, " after ", absl::FormatDuration(FromDurationProto(exit.run_time())));
  }
  return text;
}

}  // namespace

absl::Status OpenAgentLog(const config::LogConfig& config) {
  if (absl::Status opened = OpenLog("proctord", OptionsOf(config)); !opened.ok()) return opened;
  gpr_set_log_function(&TakeGrpcLine);
  google::protobuf::SetLogHandler(&TakeProtobufLine);
  StartLog();
  return absl::OkStatus();
}

absl::Status ReopenAgentLog(const config::LogConfig& config) {
  return ReopenLog(OptionsOf(config));
}

void AuditJob(const JobAudit& job) {
  if (job.exit == nullptr) {
    LogInfo(job.recovered ? "took over " : "launched ", WhoAndWhat(job), ": ", job.program);
  } else {
    LogInfo("ended ", WhoAndWhat(job), ": ", Ending(*job.exit));
  }
}

}  // namespace proctor
