// PAM sessions around jobs: what reaches the job, and when a session is closed.

#include <signal.h>
#include <unistd.h>

#include <functional>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "gmock/gmock.h"
#include "tests/agent/jobhost/host_test.h"
#include "tests/agent/jobhost/pam_files.h"
#include "tests/agent/jobhost/test_user.h"

namespace proctor::jobhost {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class HostPamSessionTest : public HostTest {
 protected:
  void SetUp() override {
    if (::getuid() != 0) GTEST_SKIP() << "needs root";
    files_.Write("env.conf", "GREETING DEFAULT=hello\nPATH DEFAULT=/pam\nSECRET DEFAULT=x\n");
    files_.Write("limits.conf", "* - nofile 321\n* soft core 0\n");
    files_.Write("note", "#!/bin/sh\necho \"$PAM_TYPE $PAM_USER\" >> $DIR/log\n", 0755);
    files_.Write("log", "");
    Service("session",
            "session required pam_env.so conffile=$DIR/env.conf readenv=0\n"
            "session required pam_limits.so conf=$DIR/limits.conf\n"
            "session required pam_exec.so $DIR/note\n");
    Start({});
    absl::StatusOr<TestUser> user = TestUser::Create();
    ASSERT_TRUE(user.ok()) << user.status();
    user_.emplace(*std::move(user));
  }

  void Start(HostProcess::Options options) {
    options.flags.insert(options.flags.end(), {"--pam-config", files_.directory()});
    StartHost(options);
  }

  void Service(const std::string& name, const std::string& lines) {
    files_.Write(name, "auth required pam_permit.so\naccount required pam_permit.so\n" + lines);
  }

  // A shell of the user's, in a session of `service`.
  Launch Shell(const std::string& job_id, const std::string& script,
               const std::string& service = "session") {
    Launch launch = MakeShell(job_id, script);
    user_->Own(&launch);
    launch.mutable_pam_session()->set_service(service);
    launch.mutable_pam_session()->set_user(user_->name());
    Spool(&launch);
    return launch;
  }

  std::string Log() const { return ReadWholeFile(files_.Path("log")); }
  // For what nobody tells of: other programs write it.
  static bool Comes(const std::function<bool()>& condition) {
    const absl::Time end = absl::Now() + absl::Seconds(20);
    while (!condition() && absl::Now() < end) absl::SleepFor(absl::Milliseconds(5));
    return condition();
  }
  bool LogComesToHold(const std::string& text) const {
    return Comes([&] { return absl::StrContains(Log(), text); });
  }

  std::string opened() const { return absl::StrCat("open_session ", user_->name(), "\n"); }
  std::string closed() const { return absl::StrCat("close_session ", user_->name(), "\n"); }
  const PamFiles& files() const { return files_; }

 private:
  PamFiles files_;
  absl::optional<TestUser> user_;
};

TEST_F(HostPamSessionTest, TheSessionsEnvironmentGoesBelowTheJobs) {
  Launch launch = Shell("a", "env");
  launch.mutable_pam_session()->add_withheld("SECRET");
  const JobReport report = RunJob(launch);
  ASSERT_EQ(report.phase(), FINAL) << report.failure().detail();
  EXPECT_THAT(Spooled("a"), HasSubstr("GREETING=hello\n"));
  EXPECT_THAT(Spooled("a"), HasSubstr("PATH=/usr/bin:/bin\n")) << "the job's own";
  EXPECT_THAT(Spooled("a"), Not(HasSubstr("SECRET=")));
  EXPECT_THAT(report.steps(), ::testing::Contains(PAM_SESSION));
}

TEST_F(HostPamSessionTest, AnExactEnvironmentStaysExact) {
  Launch launch = Shell("a", "env");
  launch.mutable_pam_session()->set_exact_environment(true);
  RunJob(launch);
  EXPECT_THAT(Spooled("a"), Not(HasSubstr("GREETING")));
  EXPECT_THAT(Log(), HasSubstr(opened()));
}

TEST_F(HostPamSessionTest, ItsLimitsReachTheJob) {
  RunJob(Shell("a", "ulimit -Sn; ulimit -Hn; ulimit -Sc"));
  EXPECT_EQ(Spooled("a"), "321\n321\n0\n");
}

TEST_F(HostPamSessionTest, IsOpenBeforeTheJobAndUntilItsTreeIsEmpty) {
  Launch launch =
      Shell("a", absl::StrCat("cat ", files().Path("log"), "; (trap '' HUP; sleep 600) & exit 0"));
  launch.set_keep_tree(true);
  ASSERT_TRUE(client().Start(launch).ok());
  ASSERT_TRUE(client().AwaitPhase("a", DRAINING).ok());
  // What it printed is on its way still.
  EXPECT_TRUE(Comes([this] { return Spooled("a") == opened(); })) << Spooled("a");
  EXPECT_EQ(Log(), opened()) << "the main process has gone, its tree has not";
  ASSERT_TRUE(client().Kill("a", SIGKILL, absl::ZeroDuration()).ok());
  ASSERT_TRUE(client().AwaitEnd("a").ok());
  EXPECT_TRUE(LogComesToHold(opened() + closed()));
}

TEST_F(HostPamSessionTest, IsClosedWhenTheAgentGoesOnlyByItsJobsEnd) {
  ASSERT_TRUE(client().Start(Shell("a", "sleep 600")).ok());
  ASSERT_TRUE(client().AwaitPhase("a", RUNNING).ok());
  HostClient next = HostClient::Attach(host().socket_path(), 2).value();
  EXPECT_EQ(Log(), opened());
  ASSERT_TRUE(next.Kill("a", SIGKILL, absl::ZeroDuration()).ok());
  ASSERT_TRUE(next.AwaitEnd("a").ok());
  EXPECT_TRUE(LogComesToHold(closed()));
}

TEST_F(HostPamSessionTest, IsClosedWhenTheJobHostDies) {
  ASSERT_TRUE(client().Start(Shell("a", "sleep 600")).ok());
  ASSERT_TRUE(client().AwaitPhase("a", RUNNING).ok());
  const std::string instance = host().instance();
  host().Signal(SIGKILL);
  ASSERT_TRUE(host().WaitForExit(absl::Seconds(10)).has_value());
  EXPECT_TRUE(LogComesToHold(closed()));
  // Takes over the cgroup that was left.
  HostProcess::Options options;
  options.instance = instance;
  Start(options);
}

TEST_F(HostPamSessionTest, ALaunchThatFailsLeavesNoSession) {
  Launch launch = Shell("a", "true");
  launch.set_executable_candidates(0, "/no/such");
  EXPECT_EQ(RunJob(launch).failure().step(), EXECUTE);
  EXPECT_TRUE(LogComesToHold(closed()));
}

TEST_F(HostPamSessionTest, ARefusedSessionIsARefusedLaunch) {
  Service("closed", "session required pam_deny.so\n");
  const JobReport report = RunJob(Shell("a", "true", "closed"));
  EXPECT_EQ(report.phase(), LAUNCH_FAILED);
  EXPECT_EQ(report.failure().step(), PAM_SESSION);
  EXPECT_EQ(report.failure().call(), "pam_open_session");
  EXPECT_THAT(report.failure().detail(), HasSubstr("PAM_SESSION_ERR"));
  EXPECT_EQ(report.pid(), 0);
}

TEST_F(HostPamSessionTest, AModuleThatHangsEndsTheLaunchAndHoldsUpNobody) {
  files().MakeHanging("fifo");
  Service("hung", "session required pam_limits.so conf=$DIR/fifo\n");
  HostProcess::Options options;
  options.flags = {"--launch-deadline", "2"};
  Start(options);
  ASSERT_TRUE(client().Start(Shell("hung", "true", "hung")).ok());
  EXPECT_EQ(RunJob(Shell("good", "true")).phase(), FINAL);
  const JobReport report = client().AwaitEnd("hung").value();
  EXPECT_EQ(report.phase(), LAUNCH_FAILED);
  EXPECT_EQ(report.failure().step(), PAM_SESSION);
}

TEST_F(HostPamSessionTest, AJobWithoutOneHasNone) {
  Launch launch = Shell("a", "env; ulimit -Sn");
  launch.clear_pam_session();
  RunJob(launch);
  EXPECT_THAT(Spooled("a"), Not(HasSubstr("GREETING")));
  EXPECT_THAT(Spooled("a"), Not(HasSubstr("321")));
  EXPECT_EQ(Log(), "");
}

}  // namespace
}  // namespace proctor::jobhost
