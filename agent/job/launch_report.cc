#include "agent/job/launch_report.h"

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/failure_detail.h"
#include "common/os_error.h"
#include "common/proto_time.h"

namespace proctor {
namespace {

// The call that stands for a stage when it succeeded.
struct HostStage {
  v1::PipelineStage stage;
  const char* call;
  const char* result;
};
constexpr HostStage kHostStages[] = {
    {v1::IMPERSONATE, "chdir, openat", "directory and redirections entered as the user"},
    {v1::VERIFY, "getresuid, getresgid, getgroups, capget",
     "the child read back exactly the requested identity"},
    {v1::CREATE, "clone3, execve", ""},
};

absl::StatusCode FailureCode(const jobhost::LaunchFailure& failure) {
  if (failure.step() == jobhost::LAUNCH_DEADLINE) return absl::StatusCode::kDeadlineExceeded;
  if (failure.step() == jobhost::VERIFY_IDENTITY) return absl::StatusCode::kPermissionDenied;
  if (failure.error() == 0) return absl::StatusCode::kFailedPrecondition;
  return CanonicalCode(failure.error());
}

std::string Advice(const jobhost::LaunchFailure& failure) {
  switch (failure.error()) {
    case ENOENT:
      return failure.step() == jobhost::EXECUTE
                 ? "check the program's name and the PATH of the job's environment; for a script, "
                   "its interpreter"
                 : "check the path; it is looked up on the agent's machine, as the job's user";
    case EACCES:
      return "the job's user needs execute permission on the program, search permission on every "
             "directory above it, and write permission on redirected files";
    case ENOEXEC:
      return "the file is neither a program of this machine nor a script that starts with #!";
    case E2BIG:
      return "shorten the arguments or the environment";
    case EMFILE:
    case ENFILE:
      return "raise the open-file limit of proctor-jobhost";
    case EAGAIN:
    case ENOMEM:
      return "the user's process limit or the machine's memory is exhausted; retry later";
    case EPERM:
      return "the job host lacks a privilege; see DescribeAgent.capabilities";
    default:
      return failure.step() == jobhost::LAUNCH_DEADLINE
                 ? "a path of this launch does not answer (a hung mount?); retry when it does"
                 : "see the agent's log";
  }
}

// "execve /no/such: No such file or directory (ENOENT)", with whatever of it is known.
std::string Describe(const jobhost::LaunchFailure& failure) {
  std::vector<std::string> parts;
  const std::string what =
      absl::StrCat(failure.call(), failure.subject().empty() ? "" : " ", failure.subject());
  if (!what.empty()) parts.push_back(what);
  if (failure.error() != 0) {
    parts.push_back(
        absl::StrCat(std::strerror(failure.error()), " (", OsErrorName(failure.error()), ")"));
  }
  if (!failure.detail().empty()) parts.push_back(failure.detail());
  return absl::StrJoin(parts, ": ");
}

void FillDuration(uint64_t nanoseconds, v1::StageReport* stage) {
  SetDurationProto(absl::Nanoseconds(static_cast<int64_t>(nanoseconds)), stage->mutable_duration());
}

void SortByStage(std::vector<v1::StageReport>* stages) {
  std::stable_sort(stages->begin(), stages->end(),
                   [](const auto& a, const auto& b) { return a.stage() < b.stage(); });
}

}  // namespace

v1::PipelineStage StageOf(jobhost::Step step) {
  switch (step) {
    case jobhost::WORKING_DIRECTORY:
    case jobhost::OPEN_STDOUT:
    case jobhost::OPEN_STDERR:
      return v1::IMPERSONATE;
    case jobhost::SET_GROUPS:
    case jobhost::SET_GID:
    case jobhost::SET_UID:
    case jobhost::AMBIENT_SET:
      return v1::MAKE_PRIMARY;
    case jobhost::BOUNDING_SET:
    case jobhost::NO_NEW_PRIVILEGES:
      return v1::RESTRICT;
    case jobhost::SESSION_KEYRING:
    case jobhost::RESOURCE_LIMITS:
      return v1::PREPARE_ENVIRONMENT;
    case jobhost::VERIFY_IDENTITY:
      return v1::VERIFY;
    default:
      return v1::CREATE;
  }
}

std::vector<v1::StageReport> CompleteStages(std::vector<v1::StageReport> stages,
                                            const jobhost::JobReport& report) {
  for (const HostStage& host_stage : kHostStages) {
    uint64_t nanoseconds = 0;
    const int known = std::min(report.steps_size(), report.step_durations_ns_size());
    for (int i = 0; i < known; ++i) {
      if (StageOf(report.steps(i)) == host_stage.stage) nanoseconds += report.step_durations_ns(i);
    }
    v1::StageReport& stage = stages.emplace_back();
    stage.set_stage(host_stage.stage);
    stage.set_call(host_stage.call);
    stage.set_result(host_stage.stage == v1::CREATE
                         ? absl::StrCat("pid ", report.pid(),
                                        report.containment() == jobhost::CGROUP_V2
                                            ? " in its cgroup"
                                            : " in its session, under the subreaper")
                         : host_stage.result);
    FillDuration(nanoseconds, &stage);
  }
  SortByStage(&stages);
  return stages;
}

absl::Status LaunchFailureStatus(const std::vector<v1::StageReport>& walked,
                                 const jobhost::JobReport& report) {
  const jobhost::LaunchFailure& failure = report.failure();
  v1::FailureDetail detail;
  v1::PipelineStage stage = StageOf(failure.step());
  // execve resolves the program as the user before it creates anything.
  const bool resolution = failure.error() == ENOENT || failure.error() == EACCES ||
                          failure.error() == ENOTDIR || failure.error() == ELOOP;
  if (failure.step() == jobhost::EXECUTE && resolution) stage = v1::IMPERSONATE;
  detail.set_stage(stage);
  detail.set_call(failure.call());
  detail.set_os_error_code(failure.error());
  if (failure.error() != 0) detail.set_os_error_name(OsErrorName(failure.error()));
  detail.set_subject(failure.subject());
  detail.set_advice(Advice(failure));
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
