// The job is its whole tree: how it ends, how it is ended, and what is left of it, which is
// nothing.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <chrono>
#include <fstream>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/e2e/agent_fixture.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/hung_mount.h"
#include "tests/e2e/process_table.h"

namespace proctor {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class TreeTest : public AgentTest {
 protected:
  void SetUp() override { StartAgent(); }

  // The pids that process_tree printed.
  static std::vector<pid_t> Pids(const std::string& output) {
    std::vector<pid_t> pids;
    for (const std::string& line : Lines(output)) {
      pid_t pid;
      if (absl::SimpleAtoi(line, &pid)) pids.push_back(pid);
    }
    return pids;
  }

  // Launches, waits until the main process has ended and the record is final, and expects that what
  // the main process left behind was ended with it.
  void ExpectNothingOfItIsLeft(const std::string& mode) {
    DoAsUser([&](AgentClient& client) {
      v1::LaunchSpec spec = Spec("process_tree", {mode, Shared("never")});
      SetDuration(absl::Milliseconds(200), spec.mutable_kill_policy()->mutable_grace_period());
      const std::string id = Launch(client, spec).job_id();
      const v1::ExitRecord exit = WaitFinal(client, id);
      EXPECT_EQ(exit.reason(), v1::EXITED);
      EXPECT_EQ(exit.exit_code(), 0);
      EXPECT_TRUE(exit.final());
      const std::vector<pid_t> pids = Pids(Output(client, id));
      EXPECT_THAT(pids, SizeIs(1));
      for (const pid_t pid : pids) EXPECT_FALSE(IsAlive(pid)) << mode;
    });
  }
};

TEST_F(TreeTest, ADoubleForkDoesNotEscape) { ExpectNothingOfItIsLeft("double-fork"); }

TEST_F(TreeTest, ASessionOfItsOwnDoesNotEscape) { ExpectNothingOfItIsLeft("setsid"); }

TEST_F(TreeTest, EveryDeadlySignalIsReportedAsItself) {
  DoAsUser([this](AgentClient& client) {
    for (const int number :
         {SIGHUP,    SIGINT,  SIGQUIT, SIGILL,  SIGTRAP, SIGABRT,  SIGBUS,    SIGFPE,  SIGKILL,
          SIGUSR1,   SIGSEGV, SIGUSR2, SIGPIPE, SIGALRM, SIGTERM,  SIGSTKFLT, SIGXCPU, SIGXFSZ,
          SIGVTALRM, SIGPROF, SIGIO,   SIGPWR,  SIGSYS,  SIGRTMIN, SIGRTMAX}) {
      const std::string id = Launch(client, Spec("raise_signal", {absl::StrCat(number)})).job_id();
      const v1::ExitRecord exit = WaitMain(client, id);
      // A plain SIGKILL is no lack of memory, and none of these was sent by Proctor.
      EXPECT_EQ(exit.reason(), v1::SIGNALED) << number;
      EXPECT_EQ(exit.signal(), number);
      EXPECT_FALSE(exit.has_exit_code()) << number;
      EXPECT_FALSE(exit.core_dumped()) << number;
    }
  });
}

TEST_F(TreeTest, ACoreDumpIsTold) {
  if (ReadFile("/proc/sys/kernel/core_pattern") != "core\n") {
    GTEST_SKIP() << "needs kernel.core_pattern = core";
  }
  rlimit limit;
  ASSERT_EQ(::getrlimit(RLIMIT_CORE, &limit), 0);
  if (limit.rlim_max == 0) GTEST_SKIP() << "needs a hard RLIMIT_CORE above 0";
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("raise_signal", {absl::StrCat(SIGABRT), "core"});
    spec.set_working_directory(Shared(""));
    const v1::ExitRecord exit = WaitMain(client, Launch(client, spec).job_id());
    EXPECT_EQ(exit.signal(), SIGABRT);
    EXPECT_TRUE(exit.core_dumped());
  });
}

TEST_F(TreeTest, AJobThatIgnoresSigtermIsKilledAfterTheGracePeriodAndNotBefore) {
  DoAsUser([this](AgentClient& client) {
    const std::string id = Launch(client, Spec("wait_for_end", {"ignore"})).job_id();
    AwaitOutput(client, id, "ready");
    const auto start = std::chrono::steady_clock::now();
    const v1::KillResponse killed = Kill(client, id, absl::Milliseconds(300));
    const auto took = std::chrono::steady_clock::now() - start;
    EXPECT_EQ(killed.exit().reason(), v1::KILLED);
    EXPECT_EQ(killed.exit().signal(), SIGKILL);
    EXPECT_GE(took, std::chrono::milliseconds(300));
    EXPECT_LT(took, std::chrono::seconds(5));
  });
}

TEST_F(TreeTest, ATimeoutEndsTheJobAndSaysSo) {
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("wait_for_end", {"ignore"});
    SetDuration(absl::Milliseconds(200), spec.mutable_timeout());
    SetDuration(absl::Milliseconds(100), spec.mutable_kill_policy()->mutable_grace_period());
    const v1::ExitRecord exit = WaitFinal(client, Launch(client, spec).job_id());
    EXPECT_EQ(exit.reason(), v1::TIMED_OUT);
    EXPECT_EQ(exit.signal(), SIGKILL);
    EXPECT_GE(exit.run_time().seconds() * 1'000'000'000 + exit.run_time().nanos(), 300'000'000);
  });
}

TEST_F(TreeTest, ATreeThatForksForEverIsEndedWhileItForks) {
  const std::string id = AsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("process_tree", {"fork-loop", "150"});
    spec.mutable_standard_error()->mutable_discard();
    const std::string job_id = Launch(client, spec).job_id();
    AwaitOutput(client, job_id, "ready");
    return job_id;
  });
  EXPECT_TRUE(
      Eventually([this] { return ProcessesOf(directory().Program("process_tree")).size() > 5; }));
  DoAsUser([&id](AgentClient& client) {
    const v1::KillResponse killed = Kill(client, id, absl::Milliseconds(100));
    EXPECT_EQ(killed.exit().reason(), v1::KILLED);
    EXPECT_TRUE(killed.exit().final());
  });
  EXPECT_THAT(ProcessesOf(directory().Program("process_tree")), IsEmpty());
}

TEST_F(TreeTest, ASignalReachesTheMainProcessAndTheJobGoesOn) {
  DoAsUser([this](AgentClient& client) {
    const std::string id = Launch(client, Spec("report_signals")).job_id();
    AwaitOutput(client, id, "ready");
    v1::SignalRequest signal;
    signal.set_job_id(id);
    for (const v1::SignalRequest::Target target :
         {v1::SignalRequest::MAIN_PROCESS, v1::SignalRequest::PROCESS_GROUP,
          v1::SignalRequest::TREE}) {
      signal.set_target(target);
      signal.set_signal(target == v1::SignalRequest::MAIN_PROCESS ? SIGUSR1 : SIGUSR2);
      Must(client.Signal(signal));
    }
    AwaitOutput(client, id, absl::StrCat("signal ", SIGUSR1));
    AwaitOutput(client, id, absl::StrCat("signal ", SIGUSR2));
    EXPECT_EQ(GetJob(client, id).state(), v1::RUNNING);
    Kill(client, id, absl::ZeroDuration());
    EXPECT_EQ(client.Signal(signal).status().code(), absl::StatusCode::kFailedPrecondition);
  });
}

TEST_F(TreeTest, ASignalNumberOutOfRangeIsAnInvalidArgument) {
  DoAsUser([this](AgentClient& client) {
    const std::string id = Launch(client, Spec("wait_for_end")).job_id();
    for (const int number : {0, -1, 65, 1 << 30}) {
      v1::SignalRequest signal;
      signal.set_job_id(id);
      signal.set_signal(number);
      EXPECT_EQ(client.Signal(signal).status().code(), absl::StatusCode::kInvalidArgument);
    }
    Kill(client, id, absl::ZeroDuration());
  });
}

TEST_F(TreeTest, AThousandJobsAtOnce) {
  DoAsUser([this](AgentClient& client) {
    static constexpr int kJobs = 1000;
    static constexpr int kThreads = 10;
    std::vector<std::string> ids(kJobs);
    const auto in_parallel = [&](const std::function<void(int)>& work) {
      std::vector<std::thread> threads;
      for (int t = 0; t < kThreads; ++t) {
        threads.emplace_back([&, t] {
          for (int i = t; i < kJobs; i += kThreads) work(i);
        });
      }
      for (std::thread& thread : threads) thread.join();
    };
    const v1::LaunchSpec spec = Spec("wait_for_end", {"exit", "5"});
    in_parallel([&](int i) {
      const absl::StatusOr<v1::LaunchResponse> launched = TryLaunch(client, spec);
      EXPECT_TRUE(launched.ok()) << launched.status();
      if (launched.ok()) ids[static_cast<size_t>(i)] = launched->job_id();
    });
    v1::JobFilter running;
    running.add_states(v1::RUNNING);
    EXPECT_EQ(Must(client.ListAllJobs(running)).size(), size_t{kJobs});
    in_parallel([&](int i) {
      v1::KillRequest kill;
      kill.set_job_id(ids[static_cast<size_t>(i)]);
      const absl::StatusOr<v1::KillResponse> killed = client.Kill(kill);
      EXPECT_TRUE(killed.ok()) << killed.status();
      if (killed.ok()) {
        EXPECT_EQ(killed->exit().reason(), v1::KILLED);
      }
    });
    EXPECT_THAT(Must(client.ListAllJobs(running)), IsEmpty());
  });
}

TEST_F(TreeTest, ARunWhoseSpecSaysKeepOutlivesItsCaller) {
  const std::string marks = Shared("marks");
  const std::string end = Shared("end");
  auto caller = Begin(user(), [&](AgentClient& client) {
    v1::LaunchSpec spec = Spec("mark_launch", {marks, "ran", end});
    spec.mutable_on_caller_gone()->set_action(v1::OnCallerGone::KEEP);
    client.Run(spec).IgnoreError();
    return std::string();
  });
  ASSERT_TRUE(Eventually([&] { return ReadFile(marks) == "ran\n"; }));
  caller->Kill();
  caller.reset();
  DoAsUser([&end](AgentClient& client) {
    const std::vector<v1::Job> jobs = Must(client.ListAllJobs());
    Require(jobs.size() == 1, "the job is gone");
    EXPECT_EQ(jobs[0].state(), v1::RUNNING);
    std::ofstream(end) << "now";
    const v1::ExitRecord exit = WaitFinal(client, jobs[0].job_id());
    EXPECT_EQ(exit.reason(), v1::EXITED);
    EXPECT_EQ(exit.exit_code(), 0);
  });
}

TEST_F(TreeTest, AJobThatOneFollowedAndLeftAloneIsEndedWhenItsSpecSaysSo) {
  const std::string attached = Shared("attached");
  const std::string marks = Shared("marks");
  auto caller = Begin(user(), [&](AgentClient& client) {
    v1::LaunchSpec spec = Spec("mark_launch", {marks, "ran", Shared("never")});
    spec.mutable_on_caller_gone()->set_action(v1::OnCallerGone::KILL);
    SetDuration(absl::Seconds(1), spec.mutable_on_caller_gone()->mutable_after());
    v1::ReadOutputRequest follow;
    follow.set_job_id(Launch(client, spec).job_id());
    follow.set_stream(v1::STDOUT);
    follow.set_follow(true);
    // What it has read proves that it is attached.
    client
        .ReadOutput(follow,
                    [&](const v1::OutputChunk&) {
                      std::ofstream(attached) << "now";
                      return true;
                    })
        .status()
        .IgnoreError();
    return std::string();
  });
  ASSERT_TRUE(Eventually([&] { return ReadFile(attached) == "now"; }));
  caller->Kill();
  const std::string program = directory().Program("mark_launch");
  EXPECT_TRUE(Eventually([&] { return ProcessesOf(program).empty(); }));
}

TEST_F(TreeTest, ARunStreamsItsOutputAndEndsWithTheFinalRecord) {
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("copy_input");
    spec.mutable_standard_input()->set_data("what comes in goes out");
    std::string output;
    int launched = 0;
    int exited = 0;
    RunCallbacks callbacks;
    callbacks.on_launched = [&](const v1::LaunchResponse&) { ++launched; };
    callbacks.on_output = [&](const v1::OutputChunk& chunk) { output += chunk.data(); };
    callbacks.on_main_exited = [&](const v1::ExitRecord&) { ++exited; };
    const v1::ExitRecord exit = Must(client.Run(spec, callbacks));
    EXPECT_TRUE(exit.final());
    EXPECT_EQ(exit.exit_code(), 0);
    EXPECT_EQ(output, "what comes in goes out");
    EXPECT_EQ(launched, 1);
    EXPECT_EQ(exited, 1);
  });
}

class HungLaunchTest : public AgentTest {
 protected:
  void SetUp() override {
    if (!IsRoot()) GTEST_SKIP() << "needs root, to mount and to make accounts";
    const absl::Status mounted = mount_.Mount(directory().File("hung"));
    if (!mounted.ok()) GTEST_SKIP() << "needs FUSE: " << mounted;
    AgentSetup setup;
    setup.config = absl::StrCat("job_host { launch_deadline_seconds: 3 cgroup_parent: \"",
                                cgroup_.path(), "\" }");
    StartAgent(setup);
  }

  v1::LaunchSpec HungSpec() {
    v1::LaunchSpec spec = Spec("exit_with");
    spec.set_working_directory(directory().File("hung/inside"));
    return spec;
  }

  const TestCgroup cgroup_;
  HungMount mount_;
};

TEST_F(HungLaunchTest, AHungDirectoryOfOneUserDoesNotDelayAnothersLaunch) {
  std::vector<std::unique_ptr<ForkedTask>> hanging;
  for (int i = 0; i < 6; ++i) {
    hanging.push_back(Begin(user(), [this](AgentClient& client) {
      const absl::Status status = TryLaunch(client, HungSpec()).status();
      return absl::StatusCodeToString(status.code());
    }));
  }
  // All six are under way.
  Do(Account::Current(), [](AgentClient& client) {
    EXPECT_TRUE(Eventually([&client] { return Must(client.ListAllJobs()).size() == 6; }));
  });
  Do(other_user(), [this](AgentClient& client) {
    const auto start = std::chrono::steady_clock::now();
    EXPECT_EQ(WaitMain(client, Launch(client, Spec("exit_with")).job_id()).exit_code(), 0);
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(2));
  });
  for (const auto& task : hanging) EXPECT_EQ(task->Join(), "DEADLINE_EXCEEDED");
}

TEST_F(HungLaunchTest, AJobCanBeKilledDuringItsLaunch) {
  auto launching = Begin(user(), [this](AgentClient& client) {
    return TryLaunch(client, HungSpec()).status().ToString();
  });
  DoAsUser([](AgentClient& client) {
    std::string id;
    Require(Eventually([&] {
              const std::vector<v1::Job> jobs = Must(client.ListAllJobs());
              if (!jobs.empty()) id = jobs[0].job_id();
              return !id.empty();
            }),
            "the job is not on record while it is launched");
    EXPECT_EQ(GetJob(client, id).state(), v1::CREATED);
    const auto start = std::chrono::steady_clock::now();
    v1::KillRequest kill;
    kill.set_job_id(id);
    kill.mutable_grace_period();
    const absl::StatusOr<v1::KillResponse> killed = client.Kill(kill);
    // A launch that was ended before its program ran may leave no record.
    EXPECT_TRUE(killed.ok() || killed.status().code() == absl::StatusCode::kNotFound)
        << killed.status();
    EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::milliseconds(2500))
        << "the kill waited for the launch deadline";
  });
  EXPECT_NE(launching->Join(), "OK");
}

}  // namespace
}  // namespace proctor
