#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/command_line.h"
#include "common/win32/last_error.h"
#include "common/win32/utf16.h"
#include "tests/agent/jobhost/win32/host_test.h"
#include "tests/agent/jobhost/win32/platform_truth.h"
#include "tests/agent/jobhost/win32/program.h"

namespace proctor::jobhost {
namespace {

using HostLaunchTest = HostTest;

uint32_t ExitCode(const JobReport& report) {
  return static_cast<uint32_t>(report.main_exit().wait_status());
}

TEST_F(HostLaunchTest, SaysWhoItIs) {
  StartHost();
  const HelloReply& about = client().hello_reply();
  EXPECT_EQ(about.pid(), host().pid());
  EXPECT_EQ(about.containment(), JOB_OBJECT);
  EXPECT_EQ(about.host_life().size(), 32u);
  EXPECT_FALSE(about.boot_id().empty());
  const std::string boot = about.boot_id();
  StartHost();
  EXPECT_EQ(client().hello_reply().boot_id(), boot);
}

TEST_F(HostLaunchTest, ExitCodesAreExact) {
  StartHost();
  for (const uint32_t code : {0u, 1u, 255u, 259u, 0xC0000005u}) {
    const JobReport report =
        RunJob(MakeLaunch(absl::StrCat("exit-", code), "exit_with", {absl::StrCat(code)}));
    EXPECT_EQ(report.phase(), FINAL) << report.failure().call() << report.failure().error();
    EXPECT_EQ(report.main_exit().code(), BY_EXIT);
    EXPECT_EQ(ExitCode(report), code);
    EXPECT_EQ(report.main_exit().cause(), BY_ITSELF);
    EXPECT_EQ(report.containment(), JOB_OBJECT);
    EXPECT_NE(report.pid(), 0);
    EXPECT_NE(report.start_time_ticks(), 0u);
    EXPECT_THAT(report.steps(),
                testing::ElementsAre(QUEUE, PREPARE, CREATE_PROCESS, VERIFY_PROCESS, RESUME));
    EXPECT_EQ(report.step_durations_ns_size(), 5);
  }
}

// As those of an agent that has died meanwhile are.
TEST_F(HostLaunchTest, HandlesThatTheAgentDoesNotHoldFailTheLaunch) {
  StartHost();
  Launch launch = MakeLaunch("not-lent", "exit_with", {"0"});
  // The launch would do without it: what is missing is not passed over.
  launch.mutable_windows()->set_program_handle(0x7ffffff0);
  const JobReport report = RunJob(launch);
  EXPECT_EQ(report.phase(), LAUNCH_FAILED);
  EXPECT_EQ(report.failure().step(), PREPARE);
  EXPECT_EQ(report.failure().call(), "DuplicateHandle");
  EXPECT_EQ(report.failure().error(), ERROR_INVALID_HANDLE);
}

// The host has duplicates of its own once it tells of the job.
TEST_F(HostLaunchTest, WhatTheHostHasTakenTheAgentMayClose) {
  StartHost();
  NamedEvent end;
  ASSERT_TRUE(
      client().Start(MakeLaunch("taken", "wait_for_event", {"0", "stay", end.name()})).ok());
  ASSERT_TRUE(client().AwaitPhase("taken", RUNNING).ok());
  TakeBackAll();
  end.Set();
  const absl::StatusOr<JobReport> report = client().AwaitEnd("taken");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->phase(), FINAL);
}

TEST_F(HostLaunchTest, GivesExactlyTheEnvironmentArgumentsAndDirectory) {
  StartHost();
  const std::vector<std::string> arguments = {"two words", "quote\"inside", "back\\slash\\",
                                              "gr\xc3\xbc\xc3\x9f", ""};
  Launch launch = MakeLaunch("environment", "show_environment", arguments);
  launch.add_environment("zeta=last");
  launch.add_environment("Alpha=first \xe2\x82\xac");
  launch.set_working_directory("C:\\windows");
  RunJob(launch);
  const std::vector<std::string> lines = absl::StrSplit(Spooled("environment"), '\n');
  EXPECT_THAT(lines, testing::Contains("Alpha=first \xe2\x82\xac"));
  EXPECT_THAT(lines, testing::Contains("zeta=last"));
  EXPECT_THAT(lines, testing::Not(testing::Contains(testing::StartsWith("WINEPREFIX="))));
  std::vector<std::string> expected = arguments;
  expected.push_back("C:\\windows");
  expected.push_back("");
  ASSERT_GE(lines.size(), expected.size());
  EXPECT_EQ(std::vector<std::string>(lines.end() - expected.size(), lines.end()), expected);
}

TEST_F(HostLaunchTest, AnUnknownExecutableIsSaidByTheCallThatFailed) {
  StartHost();
  Launch launch = MakeLaunch("unknown", "exit_with");
  launch.mutable_windows()->set_application("C:\\no\\such\\program.exe");
  const JobReport report = RunJob(launch);
  EXPECT_EQ(report.phase(), LAUNCH_FAILED);
  EXPECT_EQ(report.failure().step(), CREATE_PROCESS);
  EXPECT_EQ(report.failure().call(), "CreateProcessAsUserW");
  EXPECT_THAT(report.failure().error(), testing::AnyOf(ERROR_FILE_NOT_FOUND, ERROR_PATH_NOT_FOUND));
  Launch same_directory = MakeLaunch("unknown-file", "exit_with");
  same_directory.mutable_windows()->set_application("C:\\windows\\no-such-program.exe");
  EXPECT_EQ(RunJob(same_directory).failure().error(), ERROR_FILE_NOT_FOUND);
}

TEST_F(HostLaunchTest, AMissingDirectoryFailsTheLaunch) {
  StartHost();
  Launch launch = MakeLaunch("directory", "exit_with");
  launch.set_working_directory("C:\\no\\such\\directory");
  const JobReport report = RunJob(launch);
  EXPECT_EQ(report.phase(), LAUNCH_FAILED);
  EXPECT_EQ(report.failure().step(), CREATE_PROCESS);
}

TEST_F(HostLaunchTest, AnotherUsersTokenIsRefusedBeforeTheProcessRuns) {
  StartHost();
  Launch wrong_user = MakeLaunch("wrong-user", "print_pattern", {"10"});
  wrong_user.mutable_windows()->set_user_sid("S-1-5-18");
  const JobReport report = RunJob(wrong_user);
  EXPECT_EQ(report.phase(), LAUNCH_FAILED);
  EXPECT_EQ(report.failure().step(), VERIFY_PROCESS);
  EXPECT_EQ(report.pid(), 0);
  EXPECT_EQ(Spooled("wrong-user"), "");
  Launch wrong_session = MakeLaunch("wrong-session", "print_pattern", {"10"});
  wrong_session.mutable_windows()->set_logon_session("0x1:0x2");
  EXPECT_EQ(RunJob(wrong_session).failure().step(), VERIFY_PROCESS);
  Launch nobody = MakeLaunch("nobody", "print_pattern", {"10"});
  nobody.mutable_windows()->clear_user_sid();
  EXPECT_EQ(RunJob(nobody).failure().step(), VERIFY_PROCESS);
}

TEST_F(HostLaunchTest, AProcessAboveTheTokensIntegrityIsRefused) {
  StartHost();
  Launch launch = MakeLaunch("integrity", "print_pattern", {"10"});
  launch.mutable_windows()->set_integrity(ReadOwnIdentity()->integrity);
  EXPECT_EQ(RunJob(launch).phase(), FINAL);
  launch = MakeLaunch("integrity-above", "print_pattern", {"10"});
  launch.mutable_windows()->set_integrity(SECURITY_MANDATORY_UNTRUSTED_RID);
  EXPECT_EQ(RunJob(launch).failure().step(), VERIFY_PROCESS);
  EXPECT_EQ(Spooled("integrity-above"), "");
}

TEST_F(HostLaunchTest, WithoutATokenNothingIsLaunched) {
  StartHost();
  Launch launch = MakeLaunch("no-token", "exit_with");
  launch.mutable_windows()->clear_token_handle();
  const JobReport report = RunJob(launch);
  EXPECT_EQ(report.phase(), LAUNCH_FAILED);
  EXPECT_EQ(report.failure().step(), PREPARE);
}

TEST_F(HostLaunchTest, ASecondLaunchOfAJobOnlyReportsIt) {
  StartHost();
  const JobReport first = RunJob(MakeLaunch("again", "exit_with", {"7"}));
  ASSERT_TRUE(client().Start(MakeLaunch("again", "exit_with", {"8"})).ok());
  const absl::StatusOr<ToAgent> answer = client().Next();
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->job_report().SerializeAsString(), first.SerializeAsString());
}

TEST_F(HostLaunchTest, HandlesAreClosedOnEveryPath) {
  StartHost();
  const auto launch_some = [this](int round, int count) {
    for (int i = 0; i < count; ++i) {
      const std::string id = absl::StrCat("many-", round, "-", i);
      Launch launch = MakeLaunch(id, "exit_with", {"0"});
      // One in four fails in one way or the other.
      if (i % 8 == 1) launch.mutable_windows()->set_application("C:\\no-such.exe");
      if (i % 8 == 5) launch.mutable_windows()->set_user_sid("S-1-5-18");
      RunJob(launch);
      ASSERT_TRUE(client().Acknowledge(id).ok());
    }
  };
  launch_some(0, 20);
  const size_t before = OpenHandles(host().pid());
  launch_some(1, 200);
  const size_t after = OpenHandles(host().pid());
  EXPECT_GT(before, 0u);
  // A handle or two come and go with the threads of the system's pool.
  EXPECT_LE(after, before + 8);
}

}  // namespace
}  // namespace proctor::jobhost
