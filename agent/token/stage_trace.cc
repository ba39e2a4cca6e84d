#include "agent/token/stage_trace.h"

#include <utility>

#include "common/failure_detail.h"
#include "common/os_error.h"

namespace proctor {

StageTrace::StageTrace(const Clock* clock) : StageTrace(clock, {}) {}

StageTrace::StageTrace(const Clock* clock, std::vector<v1::StageReport> earlier)
    : clock_(clock), last_(clock->Monotonic()), reports_(std::move(earlier)) {}

v1::StageReport* StageTrace::Append(v1::PipelineStage stage, absl::string_view call) {
  const absl::Duration now = clock_->Monotonic();
  v1::StageReport& report = reports_.emplace_back();
  report.set_stage(stage);
  report.set_call(std::string(call));
  const int64_t nanoseconds = absl::ToInt64Nanoseconds(now - last_);
  report.mutable_duration()->set_seconds(nanoseconds / 1'000'000'000);
  report.mutable_duration()->set_nanos(static_cast<int32_t>(nanoseconds % 1'000'000'000));
  last_ = now;
  return &report;
}

void StageTrace::Done(v1::PipelineStage stage, absl::string_view call, absl::string_view result) {
  Append(stage, call)->set_result(std::string(result));
}

void StageTrace::Skip(v1::PipelineStage stage, absl::string_view reason) {
  v1::StageReport* report = Append(stage, "");
  report->set_skipped(true);
  report->clear_duration();
  report->set_result(std::string(reason));
}

absl::Status StageTrace::Fail(v1::PipelineStage stage, absl::string_view call,
                              const absl::Status& status, absl::string_view advice) {
  v1::StageReport* report = Append(stage, call);
  report->set_result(std::string(status.message()));
  v1::FailureDetail detail;
  if (const auto error = GetOsError(status); error.has_value()) {
    report->set_os_error_code(error->code);
    report->set_os_error_name(OsErrorName(error->code));
    detail.set_subject(error->subject);
  }
  detail.set_stage(stage);
  detail.set_call(std::string(call));
  detail.set_os_error_code(report->os_error_code());
  detail.set_os_error_name(report->os_error_name());
  detail.set_advice(std::string(advice));
  detail.mutable_stages()->Add(reports_.begin(), reports_.end());
  return WithFailureDetail(status, detail);
}

}  // namespace proctor
