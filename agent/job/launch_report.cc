#include "agent/job/launch_report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/job/launch_step.h"
#include "common/failure_detail.h"
#include "common/os_error.h"
#include "common/proto_time.h"
#include "common/utf8.h"

namespace proctor {
namespace {

absl::StatusCode FailureCode(const jobhost::LaunchFailure& failure) {
  if (failure.step() == jobhost::LAUNCH_DEADLINE) return absl::StatusCode::kDeadlineExceeded;
  if (failure.step() == jobhost::VERIFY_IDENTITY) return absl::StatusCode::kPermissionDenied;
  if (failure.step() == jobhost::PAM_SESSION && failure.error() == 0) {
    return absl::StatusCode::kPermissionDenied;
  }
  if (failure.error() == 0) return absl::StatusCode::kFailedPrecondition;
  const absl::StatusCode code = CanonicalCode(failure.error());
  // A path that the request names and that cannot be used is no fault of the agent's.
  return code == absl::StatusCode::kInternal && FollowsPath(failure.step())
             ? absl::StatusCode::kFailedPrecondition
             : code;
}

// "execve /no/such: No such file or directory (ENOENT)", with whatever of it is known.
std::string Describe(const jobhost::LaunchFailure& failure) {
  std::vector<std::string> parts;
  const std::string what = absl::StrCat(failure.call(), failure.subject().empty() ? "" : " ",
                                        EscapeInvalidUtf8(failure.subject()));
  if (!what.empty()) parts.push_back(what);
  if (failure.error() != 0) {
    parts.push_back(
        absl::StrCat(OsErrorText(failure.error()), " (", OsErrorName(failure.error()), ")"));
  }
  if (!failure.detail().empty()) parts.push_back(failure.detail());
  return absl::StrJoin(parts, ": ");
}

// What is known of why execve failed is said first: its error does not tell.
std::string Advise(const jobhost::LaunchFailure& failure) {
  const bool told = failure.step() == jobhost::EXECUTE && !failure.detail().empty();
  return told ? absl::StrCat(failure.detail(), "; ", LaunchAdvice(failure)) : LaunchAdvice(failure);
}

const char* ContainedIn(jobhost::Containment containment) {
  switch (containment) {
    case jobhost::CGROUP_V2:
      return " in its cgroup";
    case jobhost::JOB_OBJECT:
      return " in its job object";
    default:
      return " in its session, under the subreaper";
  }
}

void FillDuration(uint64_t nanoseconds, v1::StageReport* stage) {
  SetDurationProto(absl::Nanoseconds(static_cast<int64_t>(nanoseconds)), stage->mutable_duration());
}

// Of a stage that the agent began and the host finished.
void AddPamSession(const jobhost::JobReport& report, std::vector<v1::StageReport>* stages) {
  const int known = std::min(report.steps_size(), report.step_durations_ns_size());
  for (int i = 0; i < known; ++i) {
    if (report.steps(i) != jobhost::PAM_SESSION) continue;
    v1::StageReport& stage = stages->emplace_back();
    stage.set_stage(v1::PREPARE_ENVIRONMENT);
    stage.set_call("pam_acct_mgmt, pam_setcred, pam_open_session");
    stage.set_result("a PAM session around the job, its environment below the job's own");
    FillDuration(report.step_durations_ns(i), &stage);
  }
}

void SortByStage(std::vector<v1::StageReport>* stages) {
  std::stable_sort(stages->begin(), stages->end(),
                   [](const auto& a, const auto& b) { return a.stage() < b.stage(); });
}

}  // namespace

std::vector<v1::StageReport> CompleteStages(std::vector<v1::StageReport> stages,
                                            const jobhost::JobReport& report) {
  for (const HostStage& host_stage : HostStages()) {
    uint64_t nanoseconds = 0;
    const int known = std::min(report.steps_size(), report.step_durations_ns_size());
    for (int i = 0; i < known; ++i) {
      if (StageOf(report.steps(i)) == host_stage.stage) nanoseconds += report.step_durations_ns(i);
    }
    v1::StageReport& stage = stages.emplace_back();
    stage.set_stage(host_stage.stage);
    stage.set_call(host_stage.call);
    stage.set_result(host_stage.stage == v1::CREATE
                         ? absl::StrCat("pid ", report.pid(), ContainedIn(report.containment()))
                         : host_stage.result);
    FillDuration(nanoseconds, &stage);
  }
  AddPamSession(report, &stages);
  SortByStage(&stages);
  return stages;
}

absl::Status LaunchFailureStatus(const std::vector<v1::StageReport>& walked,
                                 const jobhost::JobReport& report) {
  const jobhost::LaunchFailure& failure = report.failure();
  v1::FailureDetail detail;
  const v1::PipelineStage stage = FailedStage(failure);
  detail.set_stage(stage);
  detail.set_call(failure.call());
  detail.set_os_error_code(failure.error());
  if (failure.error() != 0) detail.set_os_error_name(OsErrorName(failure.error()));
  detail.set_subject(EscapeInvalidUtf8(failure.subject()));
  detail.set_advice(Advise(failure));
  detail.set_job_id(report.job_id());
  std::vector<v1::StageReport> stages = walked;
  v1::StageReport& failed = stages.emplace_back();
  failed.set_stage(stage);
  failed.set_call(failure.call());
  failed.set_os_error_code(detail.os_error_code());
  failed.set_os_error_name(detail.os_error_name());
  failed.set_result(failure.detail());
  SortByStage(&stages);
  detail.mutable_stages()->Add(stages.begin(), stages.end());
  return WithFailureDetail(absl::Status(FailureCode(failure), Describe(failure)), detail);
}

}  // namespace proctor
