// proctord and the job host die in every combination and at every moment; jobs are accounted for
// exactly once.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <chrono>
#include <cstring>
#include <fstream>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/e2e/agent_fixture.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/process_table.h"

namespace proctor {
namespace {

using ::testing::IsEmpty;
using ::testing::SizeIs;

class RecoveryTest : public AgentTest {
 protected:
  void SetUp() override { StartAgent(); }

  // How often each text was written by mark_launch.
  std::map<std::string, int> Marks() {
    std::map<std::string, int> marks;
    for (const std::string& line : Lines(ReadFile(marks_))) ++marks[line];
    return marks;
  }

  v1::LaunchSpec MarkSpec(const std::string& text, const std::string& end = "") {
    v1::LaunchSpec spec = Spec("mark_launch", {marks_, text});
    if (!end.empty()) spec.add_argv(end);
    spec.set_request_id(text);
    return spec;
  }

  const std::string marks_ = Shared("marks");
  const std::string end_ = Shared("end");
};

TEST_F(RecoveryTest, TwoHundredRunningJobsSurviveTheDeathOfTheAgentExactlyOnce) {
  constexpr size_t kJobs = 200;
  // "JOB_ID PID" a line.
  const std::vector<std::string> launched = Lines(AsUser([this](AgentClient& client) {
    std::string lines;
    for (size_t i = 0; i < kJobs; ++i) {
      v1::LaunchSpec spec = Spec("wait_for_end", {"exit", absl::StrCat(i % 256)});
      spec.set_request_id(absl::StrCat("request ", i));
      const v1::LaunchResponse job = Launch(client, spec);
      absl::StrAppend(&lines, job.job_id(), " ", job.main_process().pid(), "\n");
    }
    for (const std::string& line : Lines(lines)) AwaitOutput(client, line.substr(0, 26), "ready");
    return lines;
  }));
  ASSERT_THAT(launched, SizeIs(kJobs));
  agent().Kill();
  // Some end while nobody is there to be told.
  for (size_t i = 0; i < kJobs; i += 4) {
    pid_t pid = 0;
    ASSERT_TRUE(absl::SimpleAtoi(launched[i].substr(27), &pid));
    ASSERT_EQ(::kill(pid, SIGTERM), 0);
    ASSERT_TRUE(Eventually([pid] { return !IsAlive(pid); }));
  }
  agent().Start();
  DoAsUser([&](AgentClient& client) {
    EXPECT_THAT(Must(client.ListAllJobs()), SizeIs(kJobs));
    for (size_t i = 0; i < kJobs; ++i) {
      const std::string id = launched[i].substr(0, 26);
      const v1::Job job = GetJob(client, id);
      EXPECT_EQ(absl::StrCat(job.main_process().pid()), launched[i].substr(27));
      if (i % 4 != 0) {
        EXPECT_EQ(job.state(), v1::RUNNING);
        const v1::KillResponse killed = Kill(client, id);
        EXPECT_FALSE(killed.already_finished());
        EXPECT_EQ(killed.exit().reason(), v1::KILLED);
      }
      const v1::ExitRecord exit = WaitFinal(client, id);
      if (i % 4 == 0) {
        EXPECT_EQ(exit.reason(), v1::EXITED);
      }
      EXPECT_EQ(exit.exit_code(), static_cast<int>(i % 256));
      EXPECT_EQ(Output(client, id), "ready\n");
    }
  });
}

// The intent is journalled and sent, but the host has not taken it when proctord dies.
TEST_F(RecoveryTest, DeathBetweenJournalAndHostLaunchesOnceOnRetry) {
  const pid_t host = agent().host_pid();
  ASSERT_EQ(::kill(host, SIGSTOP), 0);
  auto launching = Begin(
      user(), [this](AgentClient& client) { return Launch(client, MarkSpec("once")).job_id(); });
  Do(user(), [](AgentClient& client) {
    EXPECT_TRUE(Eventually([&client] { return Must(client.ListAllJobs()).size() == 1; }));
  });
  agent().Kill();
  agent().Spawn();
  ASSERT_EQ(::kill(host, SIGCONT), 0);
  agent().AwaitSocket();
  const std::string id = launching->Join();  // The client repeats the call by itself.
  ASSERT_THAT(id, SizeIs(26));
  DoAsUser([&id](AgentClient& client) {
    const v1::ExitRecord exit = WaitFinal(client, id);
    EXPECT_EQ(exit.reason(), v1::EXITED);
    EXPECT_EQ(exit.exit_code(), 0);
    EXPECT_THAT(Must(client.ListAllJobs()), SizeIs(1));
  });
  EXPECT_EQ(Marks()["once"], 1);
}

// The host has launched, and proctord dies before it has heard of it or written it down.
TEST_F(RecoveryTest, DeathBetweenHostAndJournalLosesNoJob) {
  auto launching = Begin(user(), [this](AgentClient& client) {
    v1::LaunchSpec spec = MarkSpec("once", end_);
    // The program stops proctord before it lets itself be seen.
    return Launch(client, spec).job_id();
  });
  // Stopped at a moment of its own; whatever it has sent by then is carried out by the host.
  ASSERT_EQ(::kill(agent().pid(), SIGSTOP), 0);
  Eventually([this] { return Marks()["once"] > 0; }, std::chrono::milliseconds(300));
  agent().Kill();
  agent().Start();
  const std::string id = launching->Join();
  ASSERT_THAT(id, SizeIs(26));
  std::ofstream(end_) << "now";
  DoAsUser([&id](AgentClient& client) {
    EXPECT_EQ(WaitFinal(client, id).reason(), v1::EXITED);
    EXPECT_THAT(Must(client.ListAllJobs()), SizeIs(1));
  });
  EXPECT_EQ(Marks()["once"], 1);
}

TEST_F(RecoveryTest, SigtermLeavesTheJobsRunning) {
  const std::string id = AsUser(
      [this](AgentClient& client) { return Launch(client, MarkSpec("once", end_)).job_id(); });
  ASSERT_TRUE(Eventually([this] { return Marks()["once"] == 1; }));
  agent().Terminate();
  const int status = agent().AwaitExit();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) == 0) << status;
  EXPECT_THAT(ProcessesOf(directory().Program("mark_launch")), SizeIs(1));
  agent().Start();
  std::ofstream(end_) << "now";
  DoAsUser([&id](AgentClient& client) { EXPECT_EQ(WaitFinal(client, id).exit_code(), 0); });
}

TEST_F(RecoveryTest, ASecondAgentOnTheSameStateIsRefused) {
  AgentSetup setup;
  setup.state_directory = agent().state_directory();
  setup.config = absl::StrCat("socket: \"", directory().File("second.sock"), "\"");
  const std::string folder = directory().File("second");
  ASSERT_EQ(::mkdir(folder.c_str(), 0755), 0);
  AgentProcess second(folder, setup);
  second.Spawn();
  const int status = second.AwaitExit();
  EXPECT_TRUE(WIFEXITED(status) && WEXITSTATUS(status) != 0) << status;
  DoAsUser([this](AgentClient& client) {
    EXPECT_EQ(WaitMain(client, Launch(client, Spec("exit_with")).job_id()).exit_code(), 0);
  });
}

// State on a file system of a few megabytes, filled up by somebody else.
class FullJournalTest : public RecoveryTest {
 protected:
  void SetUp() override {
    const std::string state = directory().File("small");
    ::mkdir(state.c_str(), 0700);
    if (::mount("proctor-test", state.c_str(), "tmpfs", 0, "size=8m,mode=0700") != 0) {
      GTEST_SKIP() << "needs mount (CAP_SYS_ADMIN): " << std::strerror(errno);
    }
    AgentSetup setup;
    setup.state_directory = state;
    StartAgent(setup);
  }
  void TearDown() override { ::umount2(directory().File("small").c_str(), MNT_DETACH); }
};

TEST_F(FullJournalTest, LaunchIsRefusedBeforeAnythingIsSpawned) {
  const std::string filler = directory().File("small/filler");
  std::ofstream(filler) << std::string(16 << 20, 'x');
  const std::string refused = AsUser([this](AgentClient& client) {
    // Until the space the journal holds already is used up.
    for (int i = 0; i < 2000; ++i) {
      v1::LaunchSpec spec = MarkSpec(absl::StrCat("job", i));
      spec.add_argv("");
      spec.add_argv(std::string(100'000, 'x'));
      spec.mutable_standard_output()->mutable_discard();
      const absl::StatusOr<v1::LaunchResponse> job = TryLaunch(client, spec);
      if (job.ok()) continue;
      EXPECT_EQ(job.status().code(), absl::StatusCode::kResourceExhausted) << job.status();
      return absl::StrCat("job", i);
    }
    return std::string();
  });
  ASSERT_THAT(refused, ::testing::Not(IsEmpty())) << "the journal never was full";
  EXPECT_EQ(Marks()[refused], 0);
  ASSERT_EQ(::unlink(filler.c_str()), 0);
  DoAsUser([this](AgentClient& client) {
    EXPECT_EQ(WaitMain(client, Launch(client, Spec("exit_with")).job_id()).exit_code(), 0);
  });
}

}  // namespace
}  // namespace proctor
