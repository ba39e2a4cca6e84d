// The end of a job: its whole tree, however it tries to stay.

#include <errno.h>
#include <signal.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/agent/jobhost/host_test.h"

namespace proctor::jobhost {
namespace {

constexpr absl::Duration kLong = absl::Seconds(60);

// Processes, zombies not counted, that carry the job's id in their environment.
int Survivors(const std::string& job_id) {
  int found = 0;
  for (const auto& entry : std::filesystem::directory_iterator("/proc")) {
    const std::string environment = ReadWholeFile(entry.path() / "environ");
    if (environment.find(absl::StrCat("PROCTOR_JOB_ID=", job_id) + '\0') != std::string::npos) {
      ++found;
    }
  }
  return found;
}

// Each test runs with every containment that there is.
class HostKillTest : public HostTest, public ::testing::WithParamInterface<const char*> {
 protected:
  void SetUp() override {
    HostProcess::Options options;
    options.containment = GetParam();
    const absl::StatusOr<HostProcess> possible = HostProcess::Start(options);
    if (!possible.ok()) GTEST_SKIP() << "needs a writable cgroup v2";
    StartHost(options);
    id_ = absl::StrCat("kill-", ::getpid(), "-", GetParam());
  }

  // Starts the script and waits until it has written a line to its stdout.
  void StartAndAwaitOutput(const std::string& script, bool keep_tree = false) {
    Launch launch = MakeShell(id_, script);
    launch.set_follow_output(true);
    launch.set_keep_tree(keep_tree);
    Spool(&launch);
    ASSERT_TRUE(client().Start(launch).ok());
    while (client().progress().empty()) ASSERT_TRUE(client().Next().ok());
  }

  static void AwaitStopped(int64_t pid) {
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    const std::string status = absl::StrCat("/proc/", pid, "/status");
    while (ReadWholeFile(status).find("State:\tT") == std::string::npos) {
      ASSERT_LT(absl::Now(), deadline) << "never stopped";
    }
  }

  JobReport Kill(int signal, absl::Duration grace) {
    EXPECT_TRUE(client().Kill(id_, signal, grace).ok());
    const absl::StatusOr<JobReport> report = client().AwaitEnd(id_);
    EXPECT_TRUE(report.ok()) << report.status();
    return report.ok() ? *report : JobReport();
  }

  std::string id_;
};

INSTANTIATE_TEST_SUITE_P(, HostKillTest, ::testing::Values("cgroup", "session"),
                         [](const auto& parameter) { return std::string(parameter.param); });

TEST_P(HostKillTest, SendsTheSignal) {
  StartAndAwaitOutput("trap 'exit 42' INT; echo up; while :; do sleep 0.01; done");
  const JobReport report = Kill(SIGINT, kLong);
  EXPECT_EQ(report.main_exit().code(), BY_EXIT);
  EXPECT_EQ(report.main_exit().wait_status(), 42);
  EXPECT_EQ(report.main_exit().cause(), KILL_REQUESTED);
}

TEST_P(HostKillTest, KillsWhatIgnoresTheSignalAfterTheGracePeriod) {
  StartAndAwaitOutput("trap '' TERM; echo up; while :; do sleep 0.05; done");
  const absl::Time before = absl::Now();
  const JobReport report = Kill(SIGTERM, absl::Milliseconds(300));
  EXPECT_GE(absl::Now() - before, absl::Milliseconds(290));
  EXPECT_EQ(report.main_exit().wait_status(), SIGKILL);
  EXPECT_EQ(Survivors(id_), 0);
}

TEST_P(HostKillTest, AStoppedJobGetsTheSignal) {
  StartAndAwaitOutput("trap 'exit 42' TERM; echo up; kill -STOP $$; while :; do sleep 0.01; done");
  AwaitStopped(client().reports().at(id_).pid());
  const JobReport report = Kill(SIGTERM, kLong);
  EXPECT_EQ(report.main_exit().code(), BY_EXIT);
  EXPECT_EQ(report.main_exit().wait_status(), 42);
}

TEST_P(HostKillTest, AStoppedRestOfTheTreeGetsTheSignal) {
  Launch launch = MakeShell(
      id_,
      "sh -c 'trap \"echo got; exit 0\" TERM; kill -STOP $$; while :; do sleep 0.01; done' & "
      "until grep -q 'State:.T' /proc/$!/status; do sleep 0.01; done; exit 5");
  launch.set_grace_ns(120000000000);
  Spool(&launch);
  const absl::Time before = absl::Now();
  EXPECT_EQ(RunJob(launch).main_exit().wait_status(), 5);
  EXPECT_LT(absl::Now() - before, absl::Seconds(60));
  EXPECT_EQ(Spooled(id_), "got\n");
}

TEST_P(HostKillTest, WithoutGraceItIsKilledAtOnce) {
  StartAndAwaitOutput("trap '' TERM; echo up; while :; do sleep 0.05; done");
  EXPECT_EQ(Kill(SIGTERM, absl::ZeroDuration()).main_exit().wait_status(), SIGKILL);
}

TEST_P(HostKillTest, ASecondKillShortensTheGracePeriodAndKeepsTheCause) {
  StartAndAwaitOutput("trap '' TERM; echo up; while :; do sleep 0.05; done");
  ASSERT_TRUE(client().Kill(id_, SIGTERM, kLong).ok());
  const JobReport report = Kill(SIGTERM, absl::Milliseconds(50));
  EXPECT_EQ(report.main_exit().wait_status(), SIGKILL);
  EXPECT_EQ(report.main_exit().cause(), KILL_REQUESTED);
}

TEST_P(HostKillTest, ReachesOrphansInSessionsOfTheirOwn) {
  StartAndAwaitOutput(
      "trap '' TERM; (setsid sh -c 'trap \"\" TERM; (sleep 1000 &) ; sleep 1000' &) ; echo up; "
      "sleep 1000");
  Kill(SIGTERM, absl::Milliseconds(100));
  EXPECT_EQ(Survivors(id_), 0);
}

TEST_P(HostKillTest, AForkLoopIsKilled) {
  StartAndAwaitOutput("trap '' TERM; echo up; while :; do sleep 30 & sleep 0.001; done");
  const JobReport report = Kill(SIGTERM, absl::Milliseconds(50));
  EXPECT_EQ(report.phase(), FINAL);
  EXPECT_EQ(Survivors(id_), 0);
}

TEST_P(HostKillTest, TheRestOfTheTreeEndsWithTheMainProcess) {
  Launch launch = MakeShell(id_, "(setsid sleep 1000 &); exit 5");
  launch.set_grace_ns(120000000000);
  const absl::Time before = absl::Now();
  const JobReport report = RunJob(launch);
  EXPECT_LT(absl::Now() - before, absl::Seconds(60)) << "sleep dies of SIGTERM";
  EXPECT_EQ(report.main_exit().wait_status(), 5);
  EXPECT_EQ(report.main_exit().cause(), BY_ITSELF);
  EXPECT_EQ(Survivors(id_), 0);
}

// In the midst of an exec a process shows nothing of where it belongs.
TEST_P(HostKillTest, WhoCallsExecAgainAndAgainEndsWithTheMainProcess) {
  constexpr char kScript[] =
      R"(S='[ $N = 0 ] && exec sleep 1000; N=$((N-1)); exec sh -c "$S"'; export S N=500)"
      R"(; (setsid sh -c "$S" &); exit 5)";
  for (int i = 0; i < 50; ++i) {
    const std::string id = absl::StrCat(id_, "x", i);
    Launch launch = MakeShell(id, kScript);
    launch.set_grace_ns(120000000000);
    EXPECT_EQ(RunJob(launch).main_exit().wait_status(), 5);
    ASSERT_EQ(Survivors(id), 0) << i;
  }
}

TEST_P(HostKillTest, TheTreeIsKeptWhenAskedForAndCanBeKilledLater) {
  StartAndAwaitOutput("(trap '' TERM; sleep 1000) & echo up; exit 5", true);
  ASSERT_TRUE(client().AwaitPhase(id_, DRAINING).ok());
  EXPECT_GT(Survivors(id_), 0);
  const JobReport report = Kill(SIGTERM, absl::Milliseconds(100));
  EXPECT_EQ(report.main_exit().wait_status(), 5);
  EXPECT_EQ(report.main_exit().cause(), BY_ITSELF) << "the main process was gone by then";
  EXPECT_EQ(Survivors(id_), 0);
}

TEST_P(HostKillTest, AKeptTreeThatEndsByItselfIsFinal) {
  Launch launch = MakeShell(id_, "sleep 0.3 & exit 0");
  launch.set_keep_tree(true);
  const JobReport report = RunJob(launch);
  EXPECT_GE(report.finished_unix_ns() - report.main_exit().exited_unix_ns(), 100000000);
}

TEST_P(HostKillTest, TimeoutThenGraceThenSigkill) {
  Launch launch = MakeShell(id_, "trap '' TERM; while :; do sleep 0.05; done");
  launch.set_timeout_ns(200000000);
  launch.set_grace_ns(200000000);
  const JobReport report = RunJob(launch);
  EXPECT_EQ(report.main_exit().cause(), TIMEOUT);
  EXPECT_EQ(report.main_exit().wait_status(), SIGKILL);
  EXPECT_GE(report.main_exit().run_time_ns(), 390000000u);
  EXPECT_LT(report.main_exit().run_time_ns(), 60000000000u);
}

TEST_P(HostKillTest, AKillAtOnceAfterTheLaunchIsNotLost) {
  for (int i = 0; i < 50; ++i) {
    const std::string id = absl::StrCat(id_, "-", i);
    ASSERT_TRUE(client().Start(MakeLaunch(id, {"/bin/sleep", "1000"})).ok());
    ASSERT_TRUE(client().Kill(id, SIGTERM, kLong).ok());
    const absl::StatusOr<JobReport> report = client().AwaitEnd(id);
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->phase(), FINAL);
    // Without a main process when the kill found it still waiting for a launcher.
    EXPECT_TRUE(!report->has_main_exit() || report->main_exit().cause() == KILL_REQUESTED);
  }
}

TEST_P(HostKillTest, SignalsItsThreeTargets) {
  // The shell has a child in its group and one in another.
  StartAndAwaitOutput(
      "trap 'echo main' USR1; sh -c 'trap \"echo group\" USR1; while :; do sleep 0.01; done' & "
      "setsid sh -c 'trap \"echo other\" USR1; echo up; while :; do sleep 0.01; done' & "
      "while :; do sleep 0.01; done");
  const auto await_lines = [this](std::vector<std::string> wanted) {
    const absl::Time deadline = absl::Now() + absl::Seconds(20);
    std::vector<std::string> lines;
    do {
      lines = absl::StrSplit(Spooled(id_), '\n', absl::SkipEmpty());
      lines.erase(std::remove(lines.begin(), lines.end(), "up"), lines.end());
    } while (lines.size() < wanted.size() && absl::Now() < deadline);
    EXPECT_THAT(lines, ::testing::UnorderedElementsAreArray(wanted));
  };
  ASSERT_TRUE(client().Signal(id_, SIGUSR1, Signal::MAIN_PROCESS).ok());
  await_lines({"main"});
  // `sleep` has no handler: it dies of the signal, which nobody minds.
  ASSERT_TRUE(client().Signal(id_, SIGUSR1, Signal::PROCESS_GROUP).ok());
  await_lines({"main", "main", "group"});
  ASSERT_TRUE(client().Signal(id_, SIGUSR1, Signal::TREE).ok());
  await_lines({"main", "main", "group", "main", "group", "other"});
  Kill(SIGKILL, absl::ZeroDuration());
}

TEST_P(HostKillTest, ASignalToAJobThatEndedSaysSo) {
  RunJob(MakeLaunch(id_, {"/bin/true"}));
  for (const auto target : {Signal::MAIN_PROCESS, Signal::PROCESS_GROUP, Signal::TREE}) {
    EXPECT_EQ(client().Signal(id_, SIGTERM, target).code(), absl::StatusCode::kNotFound);
    EXPECT_EQ(client().Signal("unknown", SIGTERM, target).code(), absl::StatusCode::kNotFound);
  }
}

}  // namespace
}  // namespace proctor::jobhost
