#include "agent/job/exit_record.h"

#include <algorithm>

#include "common/proto_time.h"

namespace proctor {
namespace {

v1::ExitReason ReasonOf(const jobhost::MainExit& exit) {
  switch (exit.cause()) {
    case jobhost::KILL_REQUESTED:
    case jobhost::HOST_STOPPING:
      return v1::KILLED;
    case jobhost::TIMEOUT:
      return v1::TIMED_OUT;
    default:
      return exit.code() == jobhost::BY_EXIT ? v1::EXITED : v1::SIGNALED;
  }
}

void FillMainExit(const jobhost::MainExit& exit, v1::ExitRecord* record) {
  record->set_reason(ReasonOf(exit));
  if (exit.code() == jobhost::BY_EXIT) {
    record->set_exit_code(exit.wait_status());
  } else {
    record->set_signal(exit.wait_status());
    record->set_core_dumped(exit.code() == jobhost::BY_SIGNAL_WITH_CORE);
  }
  SetTimestampProto(LastTime(*record, absl::FromUnixNanos(exit.exited_unix_ns())),
                    record->mutable_main_exited());
  SetDurationProto(absl::Nanoseconds(static_cast<int64_t>(exit.run_time_ns())),
                   record->mutable_run_time());
  SetDurationProto(absl::Nanoseconds(static_cast<int64_t>(exit.user_cpu_ns())),
                   record->mutable_user_cpu());
  SetDurationProto(absl::Nanoseconds(static_cast<int64_t>(exit.system_cpu_ns())),
                   record->mutable_system_cpu());
  record->set_cpu_source(v1::WAITED_PROCESSES);
  if (exit.has_max_rss_bytes()) {
    record->set_peak_memory_bytes(exit.max_rss_bytes());
    record->set_memory_source(v1::WAITED_PROCESSES);
  }
}

void FillStream(const jobhost::StreamResult& result, v1::StreamUsage* usage) {
  usage->set_bytes_kept(result.bytes_kept());
  usage->set_bytes_dropped(result.bytes_dropped());
  switch (result.drop()) {
    case jobhost::LIMIT:
      usage->set_drop_reason(v1::SPOOL_LIMIT);
      break;
    case jobhost::FULL:
      usage->set_drop_reason(v1::SPOOL_FULL);
      break;
    case jobhost::ERROR:
      usage->set_drop_reason(v1::SPOOL_ERROR);
      break;
    default:
      break;
  }
}

bool IsSpooled(const v1::OutputTarget& output) {
  return output.target_case() == v1::OutputTarget::TARGET_NOT_SET || output.has_spool();
}

void FillFinal(const v1::LaunchSpec& spec, const jobhost::JobReport& report,
               v1::ExitRecord* record) {
  record->set_final(true);
  SetTimestampProto(LastTime(*record, absl::FromUnixNanos(report.finished_unix_ns())),
                    record->mutable_finished());
  if (report.has_cgroup_user_cpu_ns() && report.has_cgroup_system_cpu_ns()) {
    SetDurationProto(absl::Nanoseconds(static_cast<int64_t>(report.cgroup_user_cpu_ns())),
                     record->mutable_user_cpu());
    SetDurationProto(absl::Nanoseconds(static_cast<int64_t>(report.cgroup_system_cpu_ns())),
                     record->mutable_system_cpu());
    record->set_cpu_source(v1::CGROUP);
  }
  if (report.has_standard_output() && IsSpooled(spec.standard_output())) {
    FillStream(report.standard_output(), record->mutable_standard_output());
  }
  if (report.has_standard_error() && IsSpooled(spec.standard_error())) {
    FillStream(report.standard_error(), record->mutable_standard_error());
  }
}

}  // namespace

absl::Time LastTime(const v1::ExitRecord& record, absl::Time now) {
  return std::max({now, FromTimestampProto(record.created()), FromTimestampProto(record.started()),
                   FromTimestampProto(record.main_exited()),
                   FromTimestampProto(record.finished())});
}

v1::ExitRecord BuildExitRecord(const v1::Job& job, const jobhost::JobReport& report) {
  v1::ExitRecord record;
  *record.mutable_created() = job.created();
  if (job.has_started()) *record.mutable_started() = job.started();
  if (report.phase() == jobhost::LAUNCH_FAILED) {
    record.set_reason(v1::LAUNCH_FAILED);
  } else if (report.has_main_exit()) {
    FillMainExit(report.main_exit(), &record);
  } else {
    record.set_reason(v1::KILLED);  // Killed while it waited for a launcher.
  }
  if (report.phase() == jobhost::FINAL || report.phase() == jobhost::LAUNCH_FAILED) {
    FillFinal(job.spec(), report, &record);
  }
  return record;
}

}  // namespace proctor
