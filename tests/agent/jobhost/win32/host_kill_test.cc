#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "agent/jobhost/win32/job_killer.h"
#include "tests/agent/jobhost/win32/host_test.h"
#include "tests/agent/jobhost/win32/platform_truth.h"

namespace proctor::jobhost {
namespace {

using HostKillTest = HostTest;

// Opened while the process lives: afterwards its pid may be that of any other.
UniqueHandle OpenRunning(const JobReport& running) {
  UniqueHandle process(::OpenProcess(SYNCHRONIZE, FALSE, static_cast<DWORD>(running.pid())));
  EXPECT_TRUE(process.valid()) << running.pid();
  return process;
}

TEST_F(HostKillTest, ATreeOfFiftyIsGoneAfterAKill) {
  StartHost();
  NamedEvent end;
  const JobReport running =
      StartReady(MakeLaunch("fifty", "wait_for_event", {"50", "stay", end.name()}));
  const UniqueHandle process = OpenRunning(running);
  ASSERT_TRUE(client().Kill("fifty", kSignalKill, absl::ZeroDuration()).ok());
  const absl::StatusOr<JobReport> report = client().AwaitEnd("fifty");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->phase(), FINAL);
  EXPECT_EQ(report->main_exit().cause(), KILL_REQUESTED);
  EXPECT_FALSE(report->kill_unconfirmed());
  EXPECT_EQ(::WaitForSingleObject(process.get(), 0), WAIT_OBJECT_0);
}

TEST_F(HostKillTest, AGracefulKillLetsTheProcessEndByItself) {
  StartHost();
  StartReady(MakeLaunch("graceful", "on_break", {"exit"}));
  ASSERT_TRUE(client().Kill("graceful", kSignalTerminate, absl::Seconds(30)).ok());
  const absl::StatusOr<JobReport> report = client().AwaitEnd("graceful");
  ASSERT_TRUE(report.ok()) << report.status();
  // Wine's consoles have no Ctrl-Break: it becomes Ctrl-C.
  EXPECT_EQ(report->main_exit().wait_status(), RunsOnWine() ? 78 : 77);
  EXPECT_EQ(report->main_exit().cause(), KILL_REQUESTED);
  EXPECT_EQ(Spooled("graceful"), RunsOnWine() ? "ready\ninterrupt\n" : "ready\nbreak\n");
}

TEST_F(HostKillTest, AnInterruptIsCtrlC) {
  StartHost();
  StartReady(MakeLaunch("interrupted", "on_break", {"exit"}));
  const absl::StatusOr<int> error =
      client().Signal("interrupted", kSignalInterrupt, Signal::PROCESS_GROUP);
  ASSERT_TRUE(error.ok()) << error.status();
  EXPECT_EQ(*error, 0);
  const absl::StatusOr<JobReport> report = client().AwaitEnd("interrupted");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->main_exit().wait_status(), 78);
  EXPECT_EQ(report->main_exit().cause(), BY_ITSELF);
}

// One that has neither a handler nor asked to be reached.
TEST_F(HostKillTest, AnInterruptEndsAPlainProgram) {
  StartHost();
  StartReady(MakeLaunch("plain", "sleep_long"));
  const absl::StatusOr<int> error =
      client().Signal("plain", kSignalInterrupt, Signal::PROCESS_GROUP);
  ASSERT_TRUE(error.ok()) << error.status();
  const absl::StatusOr<JobReport> report = client().AwaitEnd("plain");
  ASSERT_TRUE(report.ok()) << report.status();
  // STATUS_CONTROL_C_EXIT; Wine ends the process as if it had done so itself.
  EXPECT_EQ(static_cast<uint32_t>(report->main_exit().wait_status()),
            RunsOnWine() ? 0u : 0xC000013Au);
  EXPECT_EQ(report->main_exit().cause(), BY_ITSELF);
}

TEST_F(HostKillTest, WhoIgnoresTheBreakIsTerminatedAfterTheGracePeriod) {
  StartHost();
  StartReady(MakeLaunch("stubborn", "on_break", {"ignore"}));
  const absl::Time before = absl::Now();
  ASSERT_TRUE(client().Kill("stubborn", kSignalTerminate, absl::Seconds(1)).ok());
  const absl::StatusOr<JobReport> report = client().AwaitEnd("stubborn");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_GE(absl::Now() - before, absl::Seconds(1));
  EXPECT_EQ(report->main_exit().wait_status(), ERROR_PROCESS_ABORTED);
  EXPECT_EQ(report->main_exit().cause(), KILL_REQUESTED);
}

TEST_F(HostKillTest, ASecondKillOnlyShortensTheGrace) {
  StartHost();
  StartReady(MakeLaunch("shortened", "on_break", {"ignore"}));
  ASSERT_TRUE(client().Kill("shortened", kSignalTerminate, absl::Hours(1)).ok());
  ASSERT_TRUE(client().Kill("shortened", kSignalTerminate, absl::Hours(2)).ok());
  ASSERT_TRUE(client().Kill("shortened", kSignalTerminate, absl::ZeroDuration()).ok());
  const absl::StatusOr<JobReport> report = client().AwaitEnd("shortened");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->main_exit().cause(), KILL_REQUESTED);
}

TEST_F(HostKillTest, TheTimeoutEndsTheJob) {
  StartHost();
  Launch launch = MakeLaunch("timeout", "on_break", {"ignore"});
  launch.set_timeout_ns(300 * 1000 * 1000);
  launch.set_grace_ns(0);
  const JobReport report = RunJob(launch);
  EXPECT_EQ(report.main_exit().cause(), TIMEOUT);
  EXPECT_GE(report.main_exit().run_time_ns(), 300u * 1000 * 1000);
}

TEST_F(HostKillTest, MainExitAndEndOfTheTreeAreTwoMoments) {
  StartHost();
  NamedEvent end;
  Launch launch = MakeLaunch("kept", "wait_for_event", {"3", "leave", end.name()});
  launch.set_keep_tree(true);
  ASSERT_TRUE(client().Start(launch).ok());
  const absl::StatusOr<JobReport> draining = client().AwaitPhase("kept", DRAINING);
  ASSERT_TRUE(draining.ok()) << draining.status();
  EXPECT_EQ(draining->main_exit().wait_status(), 0);
  EXPECT_EQ(draining->finished_unix_ns(), 0);
  end.Set();
  const absl::StatusOr<JobReport> report = client().AwaitEnd("kept");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->phase(), FINAL);
  EXPECT_GE(report->finished_unix_ns(), draining->main_exit().exited_unix_ns());
  EXPECT_EQ(report->main_exit().cause(), BY_ITSELF);
}

TEST_F(HostKillTest, WithoutKeepTheRestOfTheTreeIsEnded) {
  StartHost();
  NamedEvent never;
  Launch launch = MakeLaunch("rest", "wait_for_event", {"3", "leave", never.name()});
  launch.set_grace_ns(100 * 1000 * 1000);
  const JobReport report = RunJob(launch);
  EXPECT_EQ(report.phase(), FINAL);
  EXPECT_EQ(report.main_exit().wait_status(), 0);
  EXPECT_EQ(report.main_exit().cause(), BY_ITSELF);
}

TEST_F(HostKillTest, AKillEndsATreeThatIsKept) {
  StartHost();
  NamedEvent never;
  Launch launch = MakeLaunch("kept-killed", "wait_for_event", {"3", "leave", never.name()});
  launch.set_keep_tree(true);
  ASSERT_TRUE(client().Start(launch).ok());
  ASSERT_TRUE(client().AwaitPhase("kept-killed", DRAINING).ok());
  ASSERT_TRUE(client().Kill("kept-killed", kSignalTerminate, absl::Milliseconds(100)).ok());
  EXPECT_TRUE(client().AwaitEnd("kept-killed").ok());
}

TEST_F(HostKillTest, SignalsThatWindowsDoesNotKnowAreRefused) {
  StartHost();
  NamedEvent end;
  StartReady(MakeLaunch("signalled", "wait_for_event", {"0", "stay", end.name()}));
  EXPECT_EQ(client().Signal("signalled", 1, Signal::MAIN_PROCESS).value(), ERROR_NOT_SUPPORTED);
  EXPECT_EQ(client().Signal("nobody", kSignalKill, Signal::TREE).value(), ERROR_NOT_FOUND);
  EXPECT_EQ(client().Signal("signalled", kSignalKill, Signal::MAIN_PROCESS).value(), 0);
  const absl::StatusOr<JobReport> report = client().AwaitEnd("signalled");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->main_exit().cause(), BY_ITSELF);
  EXPECT_EQ(client().Signal("signalled", kSignalKill, Signal::TREE).value(), ERROR_NOT_FOUND);
}

TEST_F(HostKillTest, TheDeathOfTheHostEndsEveryTree) {
  StartHost();
  NamedEvent end;
  const UniqueHandle first =
      OpenRunning(StartReady(MakeLaunch("one", "wait_for_event", {"5", "stay", end.name()})));
  const UniqueHandle second = OpenRunning(StartReady(MakeLaunch("two", "on_break", {"ignore"})));
  host().Terminate();
  for (const UniqueHandle* process : {&first, &second}) {
    EXPECT_EQ(::WaitForSingleObject(process->get(), 30000), WAIT_OBJECT_0);
  }
}

TEST_F(HostKillTest, AHostThatIsAskedToStopEndsItsJobsAndReportsThem) {
  StartHost();
  Launch launch = MakeLaunch("stopped", "on_break", {"ignore"});
  launch.set_grace_ns(100 * 1000 * 1000);
  StartReady(launch);
  host().AskToStop();
  const absl::StatusOr<JobReport> report = client().AwaitEnd("stopped");
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->main_exit().cause(), HOST_STOPPING);
  EXPECT_EQ(host().WaitForExit(absl::Seconds(30)), 0u);
}

}  // namespace
}  // namespace proctor::jobhost
