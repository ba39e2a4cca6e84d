#include "common/log_setup.h"

#include <spdlog/spdlog.h>

#include <utility>

#include "common/clock.h"
#include "common/line_aggregator.h"
#include "common/log.h"
#include "common/log_queue.h"
#include "common/log_target.h"

namespace proctor {
namespace {

constexpr absl::Duration kEndPatience = absl::Seconds(1);

// Null before OpenLog. Never destroyed: threads log until the process ends.
std::shared_ptr<LogQueue>& Queue() {
  static auto* const queue = new std::shared_ptr<LogQueue>;
  return *queue;
}

absl::StatusOr<std::shared_ptr<LogTarget>> OpenTarget(const LogOptions& options) {
  if (options.file.empty()) return StandardErrorTarget();
  return OpenLogFile(options.file);
}

absl::Duration TellRepeated() {
  const absl::Duration now = Clock::Real()->Monotonic();
  for (const LineAggregator::Summary& summary : RepeatedLines()->TakeDue(now)) {
    LogLine(summary.level, summary.text);
  }
  return RepeatedLines()->NextEnd() - now;
}

}  // namespace

bool IsLogLevel(absl::string_view level) {
  return level == "off" || spdlog::level::from_str(std::string(level)) != spdlog::level::off;
}

absl::Status OpenLog(const std::string& name, const LogOptions& options) {
  Queue() = std::make_shared<LogQueue>(options.max_queued_lines, &TellRepeated);
  spdlog::set_default_logger(std::make_shared<spdlog::logger>(name, Queue()));
  return ReopenLog(options);
}

void StartLog() {
  if (Queue() != nullptr) Queue()->Start();
}

absl::Status ReopenLog(const LogOptions& options) {
  absl::StatusOr<std::shared_ptr<LogTarget>> target = OpenTarget(options);
  if (!target.ok()) return target.status();
  Queue()->SetTarget(*std::move(target));
  Queue()->SetMaxLines(options.max_queued_lines);
  RepeatedLines()->SetWindow(options.aggregation);
  spdlog::set_level(spdlog::level::from_str(options.level));
  return absl::OkStatus();
}

void AddLogSink(std::shared_ptr<spdlog::sinks::sink> sink) { Queue()->AddSink(std::move(sink)); }

void EndLog() {
  if (Queue() == nullptr) return;
  for (const LineAggregator::Summary& summary :
       RepeatedLines()->TakeDue(absl::InfiniteDuration())) {
    LogLine(summary.level, summary.text);
  }
  Queue()->Finish(kEndPatience);
}

}  // namespace proctor
