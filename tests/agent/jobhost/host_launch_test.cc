// Real processes through a real job host: what a job is when it starts, how it fails to start, and
// how its end is told.

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/agent/jobhost/host_test.h"
#include "tests/agent/jobhost/test_user.h"

namespace proctor::jobhost {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class HostLaunchTest : public HostTest {
 protected:
  void SetUp() override { StartHost(); }

  std::string Output(Launch launch) {
    Spool(&launch);
    const JobReport report = RunJob(launch);
    EXPECT_EQ(report.phase(), FINAL) << report.failure().detail();
    return Spooled(launch.job_id()) + Spooled(launch.job_id(), true);
  }

  LaunchFailure Failure(const Launch& launch) {
    const JobReport report = RunJob(launch);
    EXPECT_EQ(report.phase(), LAUNCH_FAILED);
    EXPECT_EQ(report.pid(), 0);
    return report.failure();
  }

  std::string Directory() { return std::filesystem::path(host().spool_dir()).parent_path(); }
};

TEST_F(HostLaunchTest, ReportsRunningAndThenFinal) {
  const JobReport end = RunJob(MakeLaunch("a", {"/bin/true"}));
  EXPECT_EQ(end.phase(), FINAL);
  EXPECT_GT(end.pid(), 0);
  EXPECT_EQ(end.main_exit().code(), BY_EXIT);
  EXPECT_EQ(end.main_exit().wait_status(), 0);
  EXPECT_EQ(end.main_exit().cause(), BY_ITSELF);
  EXPECT_GE(end.finished_unix_ns(), end.main_exit().exited_unix_ns());
  EXPECT_GE(end.main_exit().exited_unix_ns(), end.started_unix_ns());
  EXPECT_GT(end.main_exit().run_time_ns(), 0u);
}

TEST_F(HostLaunchTest, TellsTheStepsAndTheStartTime) {
  ASSERT_TRUE(client().Start(MakeLaunch("a", {"/bin/sleep", "60"})).ok());
  const JobReport report = client().AwaitPhase("a", RUNNING).value();
  EXPECT_EQ(report.steps(0), QUEUE);
  EXPECT_EQ(*report.steps().rbegin(), EXECUTE);
  EXPECT_THAT(report.steps(), ::testing::Contains(VERIFY_IDENTITY));
  EXPECT_EQ(report.steps_size(), report.step_durations_ns_size());
  const std::string stat = ReadWholeFile(absl::StrCat("/proc/", report.pid(), "/stat"));
  EXPECT_THAT(stat, HasSubstr(absl::StrCat(" ", report.start_time_ticks(), " ")));
}

TEST_F(HostLaunchTest, RunsAsTheUserAndNothingElse) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root";
  const absl::StatusOr<TestUser> user = TestUser::Create();
  ASSERT_TRUE(user.ok()) << user.status();
  Launch launch = MakeShell("a", "cat /proc/self/status; ls -l /proc/self/fd");
  user->Own(&launch);
  launch.add_groups(user->gid() + 10);
  launch.add_groups(user->gid() + 5);
  const std::string text = Output(launch);
  const std::string uid = absl::StrCat(user->uid());
  const std::string gid = absl::StrCat(user->gid());
  EXPECT_THAT(text, HasSubstr(absl::StrCat("Uid:\t", uid, "\t", uid, "\t", uid, "\t", uid, "\n")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("Gid:\t", gid, "\t", gid, "\t", gid, "\t", gid, "\n")));
  EXPECT_THAT(text, HasSubstr(absl::StrCat("Groups:\t", gid, " ", user->gid() + 5, " ",
                                           user->gid() + 10, " \n")));
  for (const char* const set : {"CapInh", "CapPrm", "CapEff", "CapAmb"}) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat(set, ":\t0000000000000000\n")));
  }
  for (const char* const set : {"SigBlk", "SigIgn"}) {
    EXPECT_THAT(text, HasSubstr(absl::StrCat(set, ":\t0000000000000000\n")));
  }
  // `ls` opens the directory as descriptor 3.
  EXPECT_THAT(text, HasSubstr(" 2 -> pipe:"));
  EXPECT_THAT(text, Not(HasSubstr(" 4 -> ")));
}

TEST_F(HostLaunchTest, AJobOfRootHasItsCapabilitiesUnlessTheyAreDropped) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root";
  Launch launch = MakeShell("a", "grep -E 'CapEff|CapBnd|NoNewPrivs' /proc/self/status");
  EXPECT_THAT(Output(launch), Not(HasSubstr("CapEff:\t0000000000000000")));
  launch.set_job_id("b");
  launch.set_drop_all_capabilities(true);
  launch.set_no_new_privileges(true);
  const std::string text = Output(launch);
  EXPECT_THAT(text, HasSubstr("CapEff:\t0000000000000000"));
  EXPECT_THAT(text, HasSubstr("CapBnd:\t0000000000000000"));
  EXPECT_THAT(text, HasSubstr("NoNewPrivs:\t1"));
}

TEST_F(HostLaunchTest, PassesArgumentsEnvironmentDirectoryAndUmask) {
  Launch launch = MakeLaunch("a", {"/bin/sh", "-c", "pwd; umask; echo \"$1\"; env", "x", "a b"});
  launch.clear_environment();
  launch.add_environment("ONLY=this one");
  launch.set_working_directory("/usr");
  launch.set_umask(027);
  const std::string text = Output(launch);
  EXPECT_THAT(text, ::testing::StartsWith("/usr\n0027\na b\n"));
  EXPECT_THAT(text, HasSubstr("ONLY=this one\n"));
  EXPECT_THAT(text, Not(HasSubstr("PATH=")));
}

TEST_F(HostLaunchTest, HasASessionAndTheOriginalFileLimit) {
  const std::string text =
      Output(MakeShell("a", "ulimit -Sn; cut -d' ' -f5,6 /proc/$$/stat; echo $$"));
  rlimit limit;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &limit), 0);
  const int64_t pid = client().reports().at("a").pid();
  EXPECT_EQ(text, absl::StrCat(limit.rlim_cur, "\n", pid, " ", pid, "\n", pid, "\n"));
}

TEST_F(HostLaunchTest, ReadsStdinFromTheGivenDescriptor) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  const UniqueFd reader(ends[0]);
  UniqueFd writer(ends[1]);
  Launch launch = MakeLaunch("a", {"/bin/cat"});
  launch.set_stdin_attached(true);
  Spool(&launch);
  ASSERT_TRUE(client().Start(launch, {reader.get()}).ok());
  ASSERT_EQ(::write(writer.get(), "hello", 5), 5);
  writer.reset();
  ASSERT_TRUE(client().AwaitEnd("a").ok());
  EXPECT_EQ(Spooled("a"), "hello");
}

TEST_F(HostLaunchTest, WithoutStdinThereIsAnEmptyOne) {
  EXPECT_EQ(Output(MakeShell("a", "cat; echo $?")), "0\n");
}

TEST_F(HostLaunchTest, AMissingExecutable) {
  const LaunchFailure failure = Failure(MakeLaunch("a", {"/nonexistent/program"}));
  EXPECT_EQ(failure.step(), EXECUTE);
  EXPECT_EQ(failure.call(), "execve");
  EXPECT_EQ(failure.error(), ENOENT);
  EXPECT_EQ(failure.subject(), "/nonexistent/program");
}

TEST_F(HostLaunchTest, ADirectoryAsExecutable) {
  const LaunchFailure failure = Failure(MakeLaunch("a", {"/usr"}));
  EXPECT_EQ(failure.error(), EACCES);
  EXPECT_THAT(failure.detail(), HasSubstr("directory"));
}

TEST_F(HostLaunchTest, AProgramThatIsNowhereInPathIsNamedWithoutThePath) {
  std::ofstream(Directory() + "/file") << "no directory\n";
  Launch launch = MakeLaunch("a", {"no-such-program"});
  launch.clear_executable_candidates();
  for (const char* directory : {"/nonexistent", "/usr", "."}) {
    launch.add_executable_candidates(std::string(directory) + "/no-such-program");
  }
  launch.add_executable_candidates(Directory() + "/file/no-such-program");
  launch.set_candidates_from_path(true);
  const LaunchFailure failure = Failure(launch);
  EXPECT_EQ(failure.step(), EXECUTE);
  EXPECT_EQ(failure.error(), ENOENT);
  EXPECT_EQ(failure.subject(), "no-such-program");
  // The values of variables are told nobody.
  EXPECT_EQ(failure.detail(), "in no directory of PATH");
}

TEST_F(HostLaunchTest, APathMayBeOneDirectoryOrNone) {
  const std::string file = Directory() + "/file";
  std::ofstream(file) << "no directory\n";
  for (const std::string& only : {std::string("/nonexistent"), file}) {
    Launch launch = MakeLaunch(only == file ? "a" : "b", {"no-such-program"});
    launch.set_executable_candidates(0, only + "/no-such-program");
    launch.set_candidates_from_path(true);
    const LaunchFailure failure = Failure(launch);
    EXPECT_EQ(failure.error(), ENOENT) << only;
    EXPECT_EQ(failure.subject(), "no-such-program");
    EXPECT_EQ(failure.detail(), "in no directory of PATH");
  }
}

TEST_F(HostLaunchTest, AMissingInterpreterIsNamed) {
  const std::string path = Directory() + "/script";
  std::ofstream(path) << "#! /nonexistent/interp -x\n";
  std::filesystem::permissions(path, std::filesystem::perms::all);
  Launch launch = MakeLaunch("a", {"script"});
  launch.clear_executable_candidates();
  launch.add_executable_candidates("/nonexistent/script");
  launch.add_executable_candidates(path);
  launch.add_executable_candidates("/nonexistent/2/script");
  const LaunchFailure failure = Failure(launch);
  EXPECT_EQ(failure.step(), EXECUTE);
  EXPECT_EQ(failure.error(), ENOENT);
  EXPECT_EQ(failure.subject(), path);
  EXPECT_THAT(failure.detail(), HasSubstr("\"/nonexistent/interp\""));
}

TEST_F(HostLaunchTest, AnInterpreterNamedInOtherBytesMakesAReportThatCanBeRead) {
  const std::string path = Directory() + "/script";
  std::ofstream(path) << "#!/nonexistent/\xff\r\n";
  std::filesystem::permissions(path, std::filesystem::perms::all);
  EXPECT_THAT(Failure(MakeLaunch("a", {path})).detail(), HasSubstr("/nonexistent/\\xff\\r\""));
}

TEST_F(HostLaunchTest, AScriptWithoutInterpreterIsNotGivenToAShell) {
  const std::string path = Directory() + "/script";
  std::ofstream(path) << "echo never\n";
  std::filesystem::permissions(path, std::filesystem::perms::all);
  EXPECT_EQ(Failure(MakeLaunch("a", {path})).error(), ENOEXEC);
}

TEST_F(HostLaunchTest, CandidatesAreTriedInOrderAndForbiddenSaysMoreThanMissing) {
  Launch launch = MakeLaunch("a", {"true"});
  launch.clear_executable_candidates();
  launch.add_executable_candidates("/nonexistent/true");
  launch.add_executable_candidates("/bin/true");
  EXPECT_EQ(RunJob(launch).phase(), FINAL);
  launch.set_job_id("b");
  launch.set_executable_candidates(0, "/usr");
  launch.set_executable_candidates(1, "/nonexistent/true");
  const LaunchFailure failure = Failure(launch);
  EXPECT_EQ(failure.error(), EACCES);
  EXPECT_EQ(failure.subject(), "/usr");
}

TEST_F(HostLaunchTest, AMissingWorkingDirectory) {
  Launch launch = MakeLaunch("a", {"/bin/pwd"});
  launch.set_working_directory("/nonexistent");
  const LaunchFailure failure = Failure(launch);
  EXPECT_EQ(failure.step(), WORKING_DIRECTORY);
  EXPECT_EQ(failure.error(), ENOENT);
  launch.set_job_id("b");
  launch.set_working_directory_may_be_missing(true);
  EXPECT_EQ(Output(launch), "/\n");
}

TEST_F(HostLaunchTest, TheWorkingDirectoryIsJudgedAsTheUser) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root";
  const absl::StatusOr<TestUser> user = TestUser::Create();
  ASSERT_TRUE(user.ok()) << user.status();
  Launch launch = MakeLaunch("a", {"/bin/true"});
  user->Own(&launch);
  launch.set_working_directory(host().spool_dir());
  const LaunchFailure failure = Failure(launch);
  EXPECT_EQ(failure.step(), WORKING_DIRECTORY);
  EXPECT_EQ(failure.error(), EACCES);
}

TEST_F(HostLaunchTest, RedirectsToFilesAreOpenedAsTheUser) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root";
  const absl::StatusOr<TestUser> user = TestUser::Create();
  ASSERT_TRUE(user.ok()) << user.status();
  Launch launch = MakeLaunch("a", {"/bin/echo", "hi"});
  user->Own(&launch);
  launch.mutable_standard_output()->set_kind(Output::FILE);
  launch.mutable_standard_output()->set_path(Directory() + "/forbidden");
  const LaunchFailure failure = Failure(launch);
  EXPECT_EQ(failure.step(), OPEN_STDOUT);
  EXPECT_EQ(failure.error(), EACCES);
  EXPECT_FALSE(std::filesystem::exists(Directory() + "/forbidden"));
}

TEST_F(HostLaunchTest, RedirectModes) {
  const std::string path = Directory() + "/out";
  Launch launch = MakeShell("a", "echo out; echo err >&2");
  launch.mutable_standard_output()->set_kind(Output::FILE);
  launch.mutable_standard_output()->set_path(path);
  launch.mutable_standard_output()->set_mode(Output::EXCLUSIVE);
  launch.mutable_standard_error()->set_kind(Output::MERGE);
  EXPECT_EQ(RunJob(launch).phase(), FINAL);
  EXPECT_EQ(ReadWholeFile(path), "out\nerr\n");
  launch.set_job_id("b");
  EXPECT_EQ(Failure(launch).error(), EEXIST);
  launch.set_job_id("c");
  launch.mutable_standard_output()->set_mode(Output::APPEND);
  RunJob(launch);
  EXPECT_EQ(ReadWholeFile(path), "out\nerr\nout\nerr\n");
  launch.set_job_id("d");
  launch.mutable_standard_output()->set_mode(Output::TRUNCATE);
  RunJob(launch);
  EXPECT_EQ(ReadWholeFile(path), "out\nerr\n");
}

TEST_F(HostLaunchTest, BothStreamsIntoOneFileLoseNothingInAnyMode) {
  const std::string path = Directory() + "/out";
  for (const Output::Mode mode : {Output::APPEND, Output::TRUNCATE}) {
    Launch launch =
        MakeShell(absl::StrCat("mode-", mode), "for i in 1 2 3; do echo o; echo e >&2; done");
    for (jobhost::Output* output :
         {launch.mutable_standard_output(), launch.mutable_standard_error()}) {
      output->set_kind(Output::FILE);
      output->set_path(path);
      output->set_mode(mode);
    }
    std::filesystem::remove(path);
    RunJob(launch);
    EXPECT_EQ(ReadWholeFile(path), "o\ne\no\ne\no\ne\n") << launch.job_id();
  }
}

TEST_F(HostLaunchTest, AFileThatIsTruncatedMeanwhileHasNoHole) {
  for (const Output::Mode mode : {Output::APPEND, Output::TRUNCATE, Output::EXCLUSIVE}) {
    const std::string path = absl::StrCat(Directory(), "/out-", mode);
    // As logrotate's copytruncate does.
    Launch launch = MakeShell(absl::StrCat("mode-", mode),
                              absl::StrCat("echo before; truncate -s 0 ", path, "; echo after"));
    launch.mutable_standard_output()->set_kind(Output::FILE);
    launch.mutable_standard_output()->set_path(path);
    launch.mutable_standard_output()->set_mode(mode);
    RunJob(launch);
    EXPECT_EQ(ReadWholeFile(path), "after\n") << launch.job_id();
  }
}

TEST_F(HostLaunchTest, ARedirectToAFifoIsRefusedUnlessAllowed) {
  const std::string path = Directory() + "/fifo";
  ASSERT_EQ(::mkfifo(path.c_str(), 0600), 0);
  Launch launch = MakeLaunch("a", {"/bin/echo", "hi"});
  launch.mutable_standard_output()->set_kind(Output::FILE);
  launch.mutable_standard_output()->set_path(path);
  EXPECT_EQ(Failure(launch).error(), ENXIO) << "nobody reads it";
  const UniqueFd reader(::open(path.c_str(), O_RDONLY | O_NONBLOCK));
  launch.set_job_id("b");
  EXPECT_THAT(Failure(launch).detail(), HasSubstr("regular file"));
  launch.set_job_id("c");
  launch.mutable_standard_output()->set_allow_special(true);
  EXPECT_EQ(RunJob(launch).phase(), FINAL);
  char text[8] = {};
  EXPECT_EQ(::read(reader.get(), text, sizeof(text)), 3);
}

TEST_F(HostLaunchTest, AnIdentityOtherThanTheRequestedOneFailsTheLaunch) {
  Launch launch = MakeLaunch("a", {"/bin/true"});
  launch.set_change_identity(false);
  launch.set_uid(::getuid() + 1);
  const LaunchFailure failure = Failure(launch);
  EXPECT_EQ(failure.step(), VERIFY_IDENTITY);
  EXPECT_THAT(failure.detail(), HasSubstr("user ids"));
  launch = MakeLaunch("b", {"/bin/true"});
  launch.set_change_identity(false);
  launch.add_groups(54321);
  EXPECT_THAT(Failure(launch).detail(), HasSubstr("supplementary groups"));
}

TEST_F(HostLaunchTest, StringsWithANulInsideAreRefused) {
  Launch launch = MakeLaunch("a", {"/bin/true"});
  launch.add_argv(std::string("a\0b", 3));
  const LaunchFailure failure = Failure(launch);
  EXPECT_EQ(failure.step(), PREPARE);
  EXPECT_EQ(failure.error(), EINVAL);
}

TEST_F(HostLaunchTest, TooManyArguments) {
  Launch launch = MakeLaunch("a", {"/bin/true"});
  for (int i = 0; i < 40; ++i) launch.add_argv(std::string(100000, 'x'));
  EXPECT_EQ(Failure(launch).error(), E2BIG);
}

TEST_F(HostLaunchTest, ExitCodes) {
  for (const int code : {0, 1, 77, 126, 127, 128, 255}) {
    const std::string id = absl::StrCat("exit-", code);
    const JobReport report = RunJob(MakeShell(id, absl::StrCat("exit ", code)));
    EXPECT_EQ(report.main_exit().code(), BY_EXIT);
    EXPECT_EQ(report.main_exit().wait_status(), code);
  }
}

TEST_F(HostLaunchTest, DeathBySignal) {
  for (int number = 1; number < SIGRTMIN; ++number) {
    const bool harmless = number == SIGCHLD || number == SIGCONT || number == SIGURG ||
                          number == SIGWINCH || number == SIGSTOP || number == SIGTSTP ||
                          number == SIGTTIN || number == SIGTTOU || number >= 32;
    if (harmless) continue;
    const std::string id = absl::StrCat("signal-", number);
    const JobReport report =
        RunJob(MakeShell(id, absl::StrCat("ulimit -c 0; kill -", number, " $$; sleep 10")));
    EXPECT_EQ(report.main_exit().code(), BY_SIGNAL) << number;
    EXPECT_EQ(report.main_exit().wait_status(), number);
    EXPECT_EQ(report.main_exit().cause(), BY_ITSELF);
  }
}

TEST_F(HostLaunchTest, ALaunchOfAKnownJobOnlyRepeatsTheReport) {
  const Launch launch = MakeShell("a", "echo run >> runs; exit 3");
  Launch first = launch;
  first.set_working_directory(Directory());
  RunJob(first);
  const size_t before = client().history().size();
  ASSERT_TRUE(client().Start(first).ok());
  while (client().history().size() == before) ASSERT_TRUE(client().Next().ok());
  EXPECT_EQ(client().history().back().phase(), FINAL);
  EXPECT_EQ(client().history().back().main_exit().wait_status(), 3);
  EXPECT_EQ(ReadWholeFile(Directory() + "/runs"), "run\n");
}

TEST_F(HostLaunchTest, NoProgramUsesMoreCpuTimeThanItRan) {
  for (int i = 0; i < 300; ++i) {
    const JobReport report = RunJob(MakeLaunch(absl::StrCat("a", i), {"/bin/true"}));
    const MainExit& end = report.main_exit();
    EXPECT_GE(end.run_time_ns(), end.user_cpu_ns() + end.system_cpu_ns());
    // The cgroup also counts what the kernel does of an exit after the process has been reaped.
    EXPECT_GE(static_cast<uint64_t>(report.finished_unix_ns() - report.started_unix_ns()),
              report.cgroup_user_cpu_ns() + report.cgroup_system_cpu_ns());
    EXPECT_GE(end.exited_unix_ns(), report.started_unix_ns());
  }
}

TEST_F(HostLaunchTest, TheStartComesAfterTheStepsThatLeadToIt) {
  for (int i = 0; i < 50; ++i) {
    const int64_t before = absl::GetCurrentTimeNanos();
    const JobReport report = RunJob(MakeLaunch(absl::StrCat("a", i), {"/bin/true"}));
    int64_t steps = 0;
    for (int step = 0; step < report.steps_size(); ++step) {
      if (report.steps(step) == EXECUTE) break;
      steps += static_cast<int64_t>(report.step_durations_ns(step));
    }
    EXPECT_GE(report.started_unix_ns(), before + steps);
  }
}

TEST_F(HostLaunchTest, CountsTheCpuTimeOfTheWholeTree) {
  if (client().hello_reply().containment() != CGROUP_V2) GTEST_SKIP() << "needs cgroup v2";
  // The child is an orphan of nobody's wait: only the cgroup knows what it took.
  const JobReport busy =
      RunJob(MakeShell("a", "i=0; while [ $i -lt 200000 ]; do i=$((i+1)); done; exit 0"));
  EXPECT_GT(busy.cgroup_user_cpu_ns() + busy.cgroup_system_cpu_ns(), 20000000u);
  const JobReport idle = RunJob(MakeLaunch("b", {"/bin/true"}));
  EXPECT_LT(idle.cgroup_user_cpu_ns() + idle.cgroup_system_cpu_ns(), 20000000u)
      << "the former tenant's time";
}

}  // namespace
}  // namespace proctor::jobhost
