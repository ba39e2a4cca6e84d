// The job host's own life: agents that come and go, launches that hang, its end, and what it
// leaves.

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <filesystem>
#include <set>
#include <thread>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/clock.h"
#include "gmock/gmock.h"
#include "tests/agent/jobhost/host_test.h"
#include "tests/agent/jobhost/test_user.h"
#include "tests/capabilities/posix/shared_build.h"

namespace proctor::jobhost {
namespace {

using ::testing::HasSubstr;

// Makes every exec of a copy of /bin/true hang while it lives: the kernel waits for the holder of
// the lease, for up to 45 s, as it would for a dead file server.
class HungProgram {
 public:
  explicit HungProgram(const std::string& directory) : path_(directory + "/hung") {
    std::filesystem::copy_file("/bin/true", path_);
    ::signal(SIGIO, SIG_IGN);
    fd_ = UniqueFd(::open(path_.c_str(), O_RDONLY | O_CLOEXEC));
    works_ = ::fcntl(fd_.get(), F_SETLEASE, F_WRLCK) == 0;
  }
  bool works() const { return works_; }
  const std::string& path() const { return path_; }

 private:
  const std::string path_;
  UniqueFd fd_;
  bool works_ = false;
};

std::set<std::string> DescriptorsOf(pid_t pid) {
  std::set<std::string> all;
  for (const auto& entry :
       std::filesystem::directory_iterator(absl::StrCat("/proc/", pid, "/fd"))) {
    all.insert(entry.path().filename());
  }
  return all;
}

int ThreadsOf(pid_t pid) {
  const std::filesystem::directory_iterator tasks(absl::StrCat("/proc/", pid, "/task"));
  return static_cast<int>(std::distance(begin(tasks), end(tasks)));
}

int ChildrenOf(pid_t pid) {
  int children = 0;
  for (const auto& task :
       std::filesystem::directory_iterator(absl::StrCat("/proc/", pid, "/task"))) {
    const std::vector<std::string> pids =
        absl::StrSplit(ReadWholeFile(task.path() / "children"), ' ', absl::SkipEmpty());
    children += static_cast<int>(pids.size());
  }
  return children;
}

// Until the host has reaped what ended a moment ago.
int ChildrenInTheEnd(pid_t pid) {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (ChildrenOf(pid) > 0 && absl::Now() < deadline) std::this_thread::yield();
  return ChildrenOf(pid);
}

class HostRecoveryTest : public HostTest {
 protected:
  std::string Directory() { return std::filesystem::path(host().spool_dir()).parent_path(); }
};

TEST_F(HostRecoveryTest, TellsWhatItIs) {
  StartHost();
  const HelloReply& hello = client().hello_reply();
  EXPECT_EQ(hello.protocol_version(), 1u);
  EXPECT_EQ(hello.pid(), host().pid());
  EXPECT_EQ(hello.host_life().size(), 32u);
  EXPECT_EQ(absl::StrCat(hello.boot_id(), "\n"), ReadWholeFile("/proc/sys/kernel/random/boot_id"));
  if (hello.containment() == CGROUP_V2) {
    EXPECT_THAT(hello.cgroup_root(), HasSubstr(absl::StrCat("/proctor-", host().instance())));
  } else {
    EXPECT_THAT(hello.containment_note(), HasSubstr("no cgroups"));
  }
}

TEST_F(HostRecoveryTest, ANewAgentGetsTheInventoryAndTheOldOneIsClosed) {
  StartHost();
  RunJob(MakeShell("done", "exit 9"));
  ASSERT_TRUE(client().Start(MakeLaunch("runs", {"/bin/sleep", "1000"})).ok());
  ASSERT_TRUE(client().AwaitPhase("runs", RUNNING).ok());
  absl::StatusOr<HostClient> next = HostClient::Attach(host().socket_path(), 2);
  ASSERT_TRUE(next.ok()) << next.status();
  ASSERT_EQ(next->reports().size(), 2u);
  EXPECT_EQ(next->reports().at("done").main_exit().wait_status(), 9);
  EXPECT_EQ(next->reports().at("runs").phase(), RUNNING);
  EXPECT_EQ(client().Next().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(HostRecoveryTest, WhatTheOldAgentSentIsDoneBeforeTheNewOneIsAnswered) {
  StartHost();
  // Stopped, so that the launches wait in the socket of an agent that then dies.
  host().Signal(SIGSTOP);
  absl::StatusOr<HostClient> next = HostClient::Connect(host().socket_path());
  ASSERT_TRUE(next.ok()) << next.status();
  ASSERT_TRUE(next->Hello(2).ok());
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(client().Start(MakeLaunch(absl::StrCat("job-", i), {"/bin/true"})).ok());
  }
  host().Signal(SIGCONT);
  while (true) {
    const absl::StatusOr<ToAgent> message = next->Next();
    ASSERT_TRUE(message.ok()) << message.status();
    if (message->has_inventory_end()) break;
  }
  EXPECT_EQ(next->reports().size(), 20u);
  for (int i = 0; i < 20; ++i) {
    const absl::StatusOr<JobReport> report = next->AwaitEnd(absl::StrCat("job-", i));
    ASSERT_TRUE(report.ok()) << report.status();
  }
}

TEST_F(HostRecoveryTest, ALowerEpochIsRefused) {
  StartHost();
  ASSERT_TRUE(HostClient::Attach(host().socket_path(), 7).ok());
  absl::StatusOr<HostClient> late = HostClient::Connect(host().socket_path());
  ASSERT_TRUE(late.ok());
  ASSERT_TRUE(late->Hello(6).ok());
  ASSERT_TRUE(late->Next().ok());
  EXPECT_THAT(late->hello_reply().refused(), HasSubstr("epoch"));
  EXPECT_EQ(late->Next().status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(HostRecoveryTest, FinalRecordsAreKeptUntilAcknowledged) {
  StartHost();
  RunJob(MakeLaunch("a", {"/bin/true"}));
  RunJob(MakeLaunch("b", {"/nonexistent"}));
  ASSERT_TRUE(client().Start(MakeLaunch("c", {"/bin/sleep", "1000"})).ok());
  ASSERT_TRUE(client().AwaitPhase("c", RUNNING).ok());
  for (const char* const id : {"a", "c"}) ASSERT_TRUE(client().Acknowledge(id).ok());
  const HostClient next = HostClient::Attach(host().socket_path(), 2).value();
  EXPECT_EQ(next.reports().count("a"), 0u);
  EXPECT_EQ(next.reports().at("b").phase(), LAUNCH_FAILED);
  EXPECT_EQ(next.reports().at("c").phase(), RUNNING) << "only a final record can be acknowledged";
}

TEST_F(HostRecoveryTest, JobsEndAndAreReportedAlsoWhileNoAgentIsThere) {
  StartHost();
  {
    HostClient gone = HostClient::Attach(host().socket_path(), 2).value();
    for (int i = 0; i < 30; ++i) {
      Launch launch = MakeShell(absl::StrCat("job-", i), absl::StrCat("echo ", i, "; exit ", i));
      Spool(&launch);
      ASSERT_TRUE(gone.Start(launch).ok());
    }
    // The host has read all of them: what an agent sent and nobody read, nobody knows.
    ASSERT_TRUE(gone.Await("job-29", [](const JobReport&) { return true; }).ok());
  }
  HostClient next = HostClient::Attach(host().socket_path(), 3).value();
  for (int i = 0; i < 30; ++i) {
    const absl::StatusOr<JobReport> report = next.AwaitEnd(absl::StrCat("job-", i));
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->main_exit().wait_status(), i);
    EXPECT_EQ(Spooled(absl::StrCat("job-", i)), absl::StrCat(i, "\n"));
  }
}

TEST_F(HostRecoveryTest, ASlowAgentStopsNothingAndGetsEveryEnd) {
  StartHost();
  constexpr int kJobs = 1500;
  for (int i = 0; i < kJobs; ++i) {
    ASSERT_TRUE(client().Start(MakeLaunch(absl::StrCat("job-", i), {"/bin/true"})).ok());
  }
  // Nothing was read so far: more reports than the socket holds.
  for (int i = 0; i < kJobs; ++i) {
    const absl::StatusOr<JobReport> report = client().AwaitEnd(absl::StrCat("job-", i));
    ASSERT_TRUE(report.ok()) << i << report.status();
  }
}

TEST_F(HostRecoveryTest, AHungLaunchEndsAtTheDeadlineAndDelaysNoOtherUser) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root";
  HostProcess::Options options;
  options.flags = {"--launch-deadline", "2"};
  StartHost(options);
  const HungProgram hung(Directory());
  if (!hung.works()) GTEST_SKIP() << "needs file leases";
  const absl::StatusOr<TestUser> user = TestUser::Create();
  ASSERT_TRUE(user.ok()) << user.status();
  constexpr int kHung = 20;
  for (int i = 0; i < kHung; ++i) {
    ASSERT_TRUE(client().Start(MakeLaunch(absl::StrCat("hung-", i), {hung.path()})).ok());
  }
  Launch other = MakeLaunch("other", {"/bin/true"});
  user->Own(&other);
  EXPECT_EQ(RunJob(other).phase(), FINAL);
  for (const JobReport& report : client().history()) EXPECT_EQ(report.job_id(), "other");
  for (int i = 0; i < kHung; ++i) {
    const absl::StatusOr<JobReport> report = client().AwaitEnd(absl::StrCat("hung-", i));
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->phase(), LAUNCH_FAILED) << i;
    EXPECT_EQ(report->failure().step(), LAUNCH_DEADLINE);
    EXPECT_THAT(report->failure().detail(), HasSubstr("EXECUTE"));
  }
  EXPECT_EQ(ChildrenInTheEnd(host().pid()), 0);
}

TEST_F(HostRecoveryTest, AKillEndsAHungLaunch) {
  StartHost();
  const HungProgram hung(Directory());
  if (!hung.works()) GTEST_SKIP() << "needs file leases";
  ASSERT_TRUE(client().Start(MakeLaunch("a", {hung.path()})).ok());
  ASSERT_TRUE(client().Kill("a", SIGTERM, absl::ZeroDuration()).ok());
  const absl::StatusOr<JobReport> report = client().AwaitEnd("a", absl::Seconds(10));
  ASSERT_TRUE(report.ok()) << report.status();
  EXPECT_EQ(report->phase(), FINAL);
  EXPECT_FALSE(report->has_main_exit()) << "nothing ran that could have ended";
}

TEST_F(HostRecoveryTest, TwoThousandLaunchesLeaveNothingBehind) {
  StartHost();
  constexpr int kJobs = 2000;
  constexpr int kAtOnce = 100;
  const size_t descriptors = DescriptorsOf(host().pid()).size();
  for (int begin = 0; begin < kJobs; begin += kAtOnce) {
    for (int i = begin; i < begin + kAtOnce; ++i) {
      Launch launch = i % 2 == 1 ? MakeLaunch(absl::StrCat("job-", i), {"/nonexistent"})
                                 : MakeShell(absl::StrCat("job-", i), "echo x; (sleep 0 &)");
      Spool(&launch);
      ASSERT_TRUE(client().Start(launch).ok());
    }
    for (int i = begin; i < begin + kAtOnce; ++i) {
      const std::string id = absl::StrCat("job-", i);
      const absl::StatusOr<JobReport> report = client().AwaitEnd(id);
      ASSERT_TRUE(report.ok()) << report.status();
      EXPECT_EQ(report->phase(), i % 2 == 1 ? LAUNCH_FAILED : FINAL);
      ASSERT_TRUE(client().Acknowledge(id).ok());
    }
  }
  // Cgroups are pooled, as many as jobs ran at once, and hold three descriptors each. One that each
  // launch of a kind left behind would be a thousand.
  EXPECT_LE(DescriptorsOf(host().pid()).size(), descriptors + 3 * kAtOnce + 50);
  // At most 64 launchers, and four others.
  EXPECT_LE(ThreadsOf(host().pid()), 68);
  EXPECT_EQ(ChildrenInTheEnd(host().pid()), 0);
  const std::string root = client().hello_reply().cgroup_root();
  host().Signal(SIGTERM);
  const absl::optional<int> status = host().WaitForExit(absl::Seconds(20));
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(*status, 0);
  EXPECT_FALSE(!root.empty() && std::filesystem::exists(root));
}

TEST_F(HostRecoveryTest, SigtermKillsTheJobsReportsThemAndEnds) {
  StartHost();
  ASSERT_TRUE(client().Start(MakeLaunch("polite", {"/bin/sleep", "1000"})).ok());
  Launch stubborn = MakeShell("stubborn", "trap '' TERM; echo up; while :; do sleep 0.05; done");
  stubborn.set_grace_ns(200000000);
  stubborn.set_follow_output(true);
  Spool(&stubborn);
  ASSERT_TRUE(client().Start(stubborn).ok());
  ASSERT_TRUE(client().AwaitPhase("polite", RUNNING).ok());
  while (client().progress().empty()) ASSERT_TRUE(client().Next().ok());
  host().Signal(SIGTERM);
  const JobReport first = client().AwaitEnd("polite").value();
  EXPECT_EQ(first.main_exit().cause(), HOST_STOPPING);
  EXPECT_EQ(first.main_exit().wait_status(), SIGTERM);
  const JobReport second = client().AwaitEnd("stubborn").value();
  EXPECT_EQ(second.main_exit().cause(), HOST_STOPPING);
  EXPECT_EQ(second.main_exit().wait_status(), SIGKILL);
  const absl::optional<int> status = host().WaitForExit(absl::Seconds(20));
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(*status, 0);
}

TEST_F(HostRecoveryTest, ExitsWhenIdleButNotBeforeItsRecordsAreTaken) {
  HostProcess::Options options;
  options.flags = {"--exit-when-idle", "0.3"};
  StartHost(options);
  RunJob(MakeLaunch("a", {"/bin/true"}));
  { const HostClient gone = HostClient::Attach(host().socket_path(), 2).value(); }
  EXPECT_FALSE(host().WaitForExit(absl::Seconds(1)).has_value());
  {
    const HostClient last = HostClient::Attach(host().socket_path(), 3).value();
    ASSERT_TRUE(last.Acknowledge("a").ok());
  }
  const absl::optional<int> status = host().WaitForExit(absl::Seconds(10));
  ASSERT_TRUE(status.has_value());
  EXPECT_EQ(*status, 0);
}

TEST_F(HostRecoveryTest, LeftoversOfADeadHostAreKilledAndRemoved) {
  StartHost();
  const std::string root = client().hello_reply().cgroup_root();
  if (root.empty()) GTEST_SKIP() << "needs a writable cgroup v2";
  // Survives the death of the main process: only the cgroup still knows it.
  Launch launch = MakeShell("a", "setsid sleep 1000 & echo $!; wait");
  launch.set_follow_output(true);
  Spool(&launch);
  ASSERT_TRUE(client().Start(launch).ok());
  while (client().progress().empty()) ASSERT_TRUE(client().Next().ok());
  pid_t left;
  ASSERT_TRUE(absl::SimpleAtoi(absl::StripSuffix(Spooled("a"), "\n"), &left));
  const std::string instance = host().instance();
  host().Signal(SIGKILL);
  ASSERT_TRUE(host().WaitForExit(absl::Seconds(10)).has_value());
  EXPECT_EQ(::kill(left, 0), 0) << "nobody is there to kill it";
  HostProcess::Options options;
  options.containment = "cgroup";
  options.instance = instance;
  StartHost(options);
  const std::string stat = ReadWholeFile(absl::StrCat("/proc/", left, "/stat"));
  EXPECT_TRUE(stat.empty() || absl::StrContains(stat, ") Z ")) << stat;
  EXPECT_TRUE(client().reports().empty());
}

TEST_F(HostRecoveryTest, ASecondHostOfTheSameNameDoesNotStart) {
  StartHost();
  if (client().hello_reply().cgroup_root().empty()) GTEST_SKIP() << "needs a writable cgroup v2";
  HostProcess::Options options;
  options.instance = host().instance();
  EXPECT_FALSE(HostProcess::Start(options).ok());
  EXPECT_EQ(RunJob(MakeLaunch("a", {"/bin/true"})).phase(), FINAL);
}

TEST_F(HostRecoveryTest, KeepsOnlyTheCapabilitiesItNeeds) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root";
  StartHost();
  for (const auto& task :
       std::filesystem::directory_iterator(absl::StrCat("/proc/", host().pid(), "/task"))) {
    const std::string status = ReadWholeFile(task.path() / "status");
    const std::string key = "CapEff:\t";
    const size_t at = status.find(key);
    ASSERT_NE(at, std::string::npos);
    const uint64_t held = std::stoull(status.substr(at + key.size(), 16), nullptr, 16);
    // CHOWN, KILL, SETGID, SETUID, SETPCAP, SYS_RESOURCE; SYS_PTRACE with sessions.
    constexpr uint64_t kAllowed = 1 << 0 | 1 << 5 | 1 << 6 | 1 << 7 | 1 << 8 | 1 << 24 | 1 << 19;
    EXPECT_EQ(held & ~kAllowed, 0u) << std::hex << held;
  }
}

TEST_F(HostRecoveryTest, RunsWithoutPrivilegesForItsOwnUser) {
  if (::getuid() != 0) GTEST_SKIP() << "needs root";
  PROCTOR_REQUIRES_SHARED_BUILD();
  const absl::StatusOr<TestUser> user = TestUser::Create();
  ASSERT_TRUE(user.ok()) << user.status();
  HostProcess::Options options;
  options.run_as = user->uid();
  options.containment = "session";
  const absl::StatusOr<HostProcess> possible = HostProcess::Start(options);
  ASSERT_TRUE(possible.ok()) << possible.status();
  // Root's processes are not its own: the agent must be the same user too.
  absl::StatusOr<HostClient> stranger = HostClient::Connect(possible->socket_path());
  ASSERT_TRUE(stranger.ok());
  stranger->Hello(1).IgnoreError();
  EXPECT_EQ(stranger->Next().status().code(), absl::StatusCode::kUnavailable);
  const pid_t agent = ::fork();
  if (agent == 0) {
    if (::setgid(user->gid()) != 0 || ::setgroups(0, nullptr) != 0 || ::setuid(user->uid()) != 0) {
      ::_exit(1);
    }
    absl::StatusOr<HostClient> own = HostClient::Attach(possible->socket_path());
    if (!own.ok()) ::_exit(2);
    if (own->hello_reply().missing_capabilities().empty()) ::_exit(3);
    if (!own->Start(MakeShell("a", "exit 7")).ok()) ::_exit(4);
    const absl::StatusOr<JobReport> report = own->AwaitEnd("a");
    if (!report.ok() || report->phase() != FINAL) ::_exit(5);
    ::_exit(report->main_exit().wait_status());
  }
  int status = 0;
  ASSERT_EQ(::waitpid(agent, &status, 0), agent);
  ASSERT_TRUE(WIFEXITED(status));
  EXPECT_EQ(WEXITSTATUS(status), 7);
}

}  // namespace
}  // namespace proctor::jobhost
