#include "agent/job/launch_report.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "common/failure_detail.h"

namespace proctor {
namespace {

jobhost::JobReport Failed(jobhost::Step step, const std::string& call, int error) {
  jobhost::JobReport report;
  report.set_job_id("j");
  report.set_phase(jobhost::LAUNCH_FAILED);
  report.mutable_failure()->set_step(step);
  report.mutable_failure()->set_call(call);
  report.mutable_failure()->set_error(error);
  return report;
}

TEST(LaunchReportTest, EveryFailureNamesTheStageItBelongsTo) {
  struct Case {
    jobhost::Step step;
    int error;
    v1::PipelineStage stage;
    absl::StatusCode code;
  };
  const Case cases[] = {
      {jobhost::EXECUTE, ENOENT, v1::IMPERSONATE, absl::StatusCode::kNotFound},
      {jobhost::EXECUTE, EACCES, v1::IMPERSONATE, absl::StatusCode::kPermissionDenied},
      {jobhost::EXECUTE, ENOEXEC, v1::CREATE, absl::StatusCode::kFailedPrecondition},
      {jobhost::EXECUTE, ETXTBSY, v1::CREATE, absl::StatusCode::kFailedPrecondition},
      {jobhost::EXECUTE, ELOOP, v1::IMPERSONATE, absl::StatusCode::kFailedPrecondition},
      {jobhost::OPEN_STDOUT, ENXIO, v1::IMPERSONATE, absl::StatusCode::kFailedPrecondition},
      {jobhost::OPEN_STDOUT, ENOTDIR, v1::IMPERSONATE, absl::StatusCode::kNotFound},
      {jobhost::EXECUTE, E2BIG, v1::CREATE, absl::StatusCode::kInvalidArgument},
      {jobhost::WORKING_DIRECTORY, EACCES, v1::IMPERSONATE, absl::StatusCode::kPermissionDenied},
      {jobhost::OPEN_STDOUT, EEXIST, v1::IMPERSONATE, absl::StatusCode::kAlreadyExists},
      {jobhost::SET_UID, EPERM, v1::MAKE_PRIMARY, absl::StatusCode::kPermissionDenied},
      {jobhost::VERIFY_IDENTITY, 0, v1::VERIFY, absl::StatusCode::kPermissionDenied},
      {jobhost::PAM_SESSION, 0, v1::PREPARE_ENVIRONMENT, absl::StatusCode::kPermissionDenied},
      {jobhost::PREPARE, EMFILE, v1::CREATE, absl::StatusCode::kResourceExhausted},
      {jobhost::LAUNCH_DEADLINE, 0, v1::CREATE, absl::StatusCode::kDeadlineExceeded},
  };
  for (const Case& c : cases) {
    const absl::Status status = LaunchFailureStatus({}, Failed(c.step, "call", c.error));
    EXPECT_EQ(status.code(), c.code) << jobhost::Step_Name(c.step);
    EXPECT_EQ(GetFailureDetail(status)->stage(), c.stage) << jobhost::Step_Name(c.step);
    EXPECT_FALSE(GetFailureDetail(status)->advice().empty());
  }
}

TEST(LaunchReportTest, APathThatCannotBeUsedIsTheCallersToMend) {
  for (const jobhost::Step step :
       {jobhost::EXECUTE, jobhost::WORKING_DIRECTORY, jobhost::OPEN_STDOUT, jobhost::OPEN_STDERR}) {
    for (int error = 0; error < 134; ++error) {
      const absl::Status status = LaunchFailureStatus({}, Failed(step, "call", error));
      EXPECT_NE(status.code(), absl::StatusCode::kInternal) << status;
      EXPECT_NE(GetFailureDetail(status)->advice(), "see the agent's log") << status;
    }
  }
}

TEST(LaunchReportTest, TheAdviceNamesTheInterpreterThatIsMissing) {
  jobhost::JobReport report = Failed(jobhost::EXECUTE, "execve", ENOENT);
  report.mutable_failure()->set_subject("/bin/script");
  report.mutable_failure()->set_detail("its interpreter \"/x\" is not");
  const std::string advice = GetFailureDetail(LaunchFailureStatus({}, report))->advice();
  EXPECT_EQ(advice.rfind("its interpreter \"/x\" is not; install", 0), 0u) << advice;
}

TEST(LaunchReportTest, TheAdviceForAProgramThatIsNotInPathSpeaksOfPath) {
  jobhost::JobReport report = Failed(jobhost::EXECUTE, "execve", ENOENT);
  report.mutable_failure()->set_subject("no-such-program");
  report.mutable_failure()->set_detail("in no directory of PATH");
  const std::string advice = GetFailureDetail(LaunchFailureStatus({}, report))->advice();
  EXPECT_EQ(advice.rfind("in no directory of PATH; check the program's name", 0), 0u) << advice;
}

TEST(LaunchReportTest, TheAdviceForAPathSaysWhereARelativeOneBegins) {
  jobhost::JobReport report = Failed(jobhost::EXECUTE, "execve", ENOENT);
  report.mutable_failure()->set_subject("./tools/run");
  const std::string advice = GetFailureDetail(LaunchFailureStatus({}, report))->advice();
  EXPECT_NE(advice.find("begins at the job's working directory"), std::string::npos) << advice;
}

TEST(LaunchReportTest, TheAdviceForADirectoryDoesNotSpeakOfPermissions) {
  jobhost::JobReport report = Failed(jobhost::EXECUTE, "execve", EACCES);
  report.mutable_failure()->set_detail("this is a directory");
  const std::string advice = GetFailureDetail(LaunchFailureStatus({}, report))->advice();
  EXPECT_EQ(advice, "this is a directory; name a program");
}

TEST(LaunchReportTest, WhatIsNotUtf8IsEscaped) {
  jobhost::JobReport report = Failed(jobhost::WORKING_DIRECTORY, "chdir", ENOENT);
  report.mutable_failure()->set_subject("/tmp/\xff");
  const absl::Status status = LaunchFailureStatus({}, report);
  EXPECT_EQ(GetFailureDetail(status)->subject(), "/tmp/\\xff");
  EXPECT_NE(status.message().find("/tmp/\\xff"), std::string::npos);
}

TEST(LaunchReportTest, APamSessionIsAStageOfItsOwn) {
  jobhost::JobReport report;
  report.add_steps(jobhost::PAM_SESSION);
  report.add_step_durations_ns(1500);
  const std::vector<v1::StageReport> stages = CompleteStages({}, report);
  ASSERT_EQ(stages.size(), 4u);
  const auto prepared = std::find_if(stages.begin(), stages.end(), [](const auto& stage) {
    return stage.stage() == v1::PREPARE_ENVIRONMENT;
  });
  ASSERT_NE(prepared, stages.end());
  EXPECT_NE(prepared->call().find("pam_open_session"), std::string::npos);
  EXPECT_EQ(prepared->duration().nanos(), 1500);
}

TEST(LaunchReportTest, TheChildsStepsFillTheStagesItCarriedOut) {
  std::vector<v1::StageReport> walked(2);
  walked[0].set_stage(v1::AUTHORISE);
  walked[1].set_stage(v1::PREPARE_ENVIRONMENT);
  jobhost::JobReport report;
  report.set_pid(12);
  report.add_steps(jobhost::VERIFY_IDENTITY);
  report.add_step_durations_ns(700);
  const std::vector<v1::StageReport> stages = CompleteStages(walked, report);
  ASSERT_EQ(stages.size(), 5u);
  for (size_t i = 1; i < stages.size(); ++i) EXPECT_LT(stages[i - 1].stage(), stages[i].stage());
  EXPECT_EQ(stages[3].stage(), v1::VERIFY);
  EXPECT_EQ(stages[3].duration().nanos(), 700);
}

}  // namespace
}  // namespace proctor
