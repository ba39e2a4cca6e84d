#include "agent/log.h"

#include <spdlog/sinks/basic_file_sink.h>
#include <spdlog/sinks/dist_sink.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <spdlog/spdlog.h>

#include <chrono>
#include <memory>
#include <utility>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "common/log.h"
#include "common/proto_time.h"

namespace proctor {
namespace {

std::shared_ptr<spdlog::sinks::dist_sink_mt>& SharedSink() {
  static auto* const sink =
      new std::shared_ptr<spdlog::sinks::dist_sink_mt>(new spdlog::sinks::dist_sink_mt);
  return *sink;
}

// Those that stay when the file is opened again.
std::vector<spdlog::sink_ptr>& AddedSinks() {
  static auto* const sinks = new std::vector<spdlog::sink_ptr>;
  return *sinks;
}

absl::StatusOr<spdlog::sink_ptr> NewSink(const config::LogConfig& config) {
  if (config.file().empty()) return std::make_shared<spdlog::sinks::stderr_sink_mt>();
  try {
    return std::make_shared<spdlog::sinks::basic_file_sink_mt>(config.file());
  } catch (const spdlog::spdlog_ex& error) {
    return absl::InvalidArgumentError(absl::StrCat("configuration field log.file: ", error.what()));
  }
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

absl::Status Log::Open(const config::LogConfig& config) {
  auto logger = std::make_shared<spdlog::logger>("proctord", SharedSink());
  logger->flush_on(spdlog::level::warn);
  spdlog::set_default_logger(std::move(logger));
  spdlog::flush_every(std::chrono::seconds(1));
  return Reopen(config);
}

absl::Status Log::Reopen(const config::LogConfig& config) {
  const spdlog::level::level_enum level = spdlog::level::from_str(config.level());
  if (level == spdlog::level::off && config.level() != "off") {
    return absl::InvalidArgumentError(
        absl::StrCat("configuration field log.level: unknown level '", config.level(), "'"));
  }
  absl::StatusOr<spdlog::sink_ptr> sink = NewSink(config);
  if (!sink.ok()) return sink.status();
  SharedSink()->flush();
  std::vector<spdlog::sink_ptr> sinks = AddedSinks();
  sinks.push_back(*std::move(sink));
  SharedSink()->set_sinks(std::move(sinks));
  spdlog::set_level(level);
  return absl::OkStatus();
}

void Log::Add(spdlog::sink_ptr sink) {
  AddedSinks().push_back(sink);
  SharedSink()->add_sink(std::move(sink));
}

void AuditJob(const JobAudit& job) {
  if (job.exit == nullptr) {
    LogInfo("launched ", WhoAndWhat(job), ": ", job.program);
  } else {
    LogInfo("ended ", WhoAndWhat(job), ": ", Ending(*job.exit));
  }
}

}  // namespace proctor
