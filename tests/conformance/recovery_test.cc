// proctord and the job host die; jobs are accounted for exactly once.

#include <gmock/gmock.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <set>
#include <thread>
#include <vector>

#include "absl/strings/str_cat.h"
#include "tests/conformance/conformance_test.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/must.h"

namespace proctor {
namespace {

using ::testing::SizeIs;

class RecoveryTest : public ConformanceTest {
 protected:
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

  const std::string marks_ = File("marks");
  const std::string end_ = File("end");
};

TEST_F(RecoveryTest, FiftyRunningJobsKeepTheirExitCodesWhenTheAgentIsKilled) {
  constexpr size_t kJobs = 50;
  std::vector<v1::LaunchResponse> jobs;
  for (size_t i = 0; i < kJobs; ++i) {
    v1::LaunchSpec spec = Spec("wait_for_end", {"exit", absl::StrCat(100 + i)});
    jobs.push_back(Launch(client(), spec));
  }
  for (const v1::LaunchResponse& job : jobs) AwaitOutput(client(), job.job_id(), "ready");
  RestartAgent();
  EXPECT_THAT(Must(client().ListAllJobs()), SizeIs(kJobs));
  for (size_t i = 0; i < kJobs; ++i) {
    const std::string& id = jobs[i].job_id();
    const v1::Job job = GetJob(client(), id);
    EXPECT_EQ(job.state(), v1::RUNNING);
    EXPECT_EQ(job.main_process().pid(), jobs[i].main_process().pid());
    const v1::KillResponse killed = Kill(client(), id, absl::Seconds(50));
    EXPECT_FALSE(killed.already_finished());
    EXPECT_EQ(killed.exit().reason(), v1::KILLED);
    EXPECT_EQ(WaitFinal(client(), id).exit_code(), static_cast<int>(100 + i));
    EXPECT_EQ(Output(client(), id), "ready\n");
  }
}

TEST_F(RecoveryTest, FiftyExitsWhileTheAgentIsAwayAreToldOnce) {
  constexpr int kJobs = 50;
  std::vector<v1::LaunchResponse> jobs;
  for (int i = 0; i < kJobs; ++i) {
    jobs.push_back(Launch(client(), MarkSpec(absl::StrCat("job ", i), end_)));
  }
  ASSERT_TRUE(Eventually([this] { return Marks().size() == size_t{kJobs}; }));
  std::vector<ProcessWatch> processes;
  for (const v1::LaunchResponse& job : jobs) processes.emplace_back(job.main_process().pid());
  agent().Kill();
  EXPECT_FALSE(processes[0].Ended());
  Touch(end_);
  ASSERT_TRUE(Eventually([&processes] { return AllEnded(processes); }));
  for (int restart = 0; restart < 2; ++restart) {
    agent().Start();
    EXPECT_THAT(Must(client().ListAllJobs()), SizeIs(kJobs));
    for (int i = 0; i < kJobs; ++i) {
      const std::string& id = jobs[static_cast<size_t>(i)].job_id();
      const v1::ExitRecord exit = WaitFinal(client(), id);
      EXPECT_EQ(exit.reason(), v1::EXITED);
      EXPECT_EQ(exit.exit_code(), 0);
      EXPECT_EQ(Output(client(), id), absl::StrCat("job ", i, "\n"));
    }
    agent().Kill();
  }
  agent().Start();
}

TEST_F(RecoveryTest, ARequestIdIsRememberedOverARestart) {
  const std::string before = Launch(client(), MarkSpec("once", end_)).job_id();
  RestartAgent();
  EXPECT_EQ(Launch(client(), MarkSpec("once", end_)).job_id(), before);
  v1::LaunchSpec other = MarkSpec("once", end_);
  (*other.mutable_environment()->mutable_variables())["MORE"] = "x";
  EXPECT_EQ(TryLaunch(client(), other).status().code(), absl::StatusCode::kAlreadyExists);
  Touch(end_);
  WaitFinal(client(), before);
  EXPECT_EQ(Marks()["once"], 1);
}

TEST_F(RecoveryTest, LaunchesGoOnExactlyOnceWhileTheAgentIsKilledAgainAndAgain) {
  constexpr int kLaunches = 100;
  constexpr int kThreads = 4;
  std::vector<std::string> ids(kLaunches);
  std::atomic<int> running(kThreads);
  std::vector<std::thread> threads;
  for (int t = 0; t < kThreads; ++t) {
    threads.emplace_back([&, t] {
      for (int i = t; i < kLaunches; i += kThreads) {
        const absl::StatusOr<v1::LaunchResponse> job =
            TryLaunch(client(), MarkSpec(absl::StrCat("launch", i)));
        EXPECT_TRUE(job.ok()) << job.status();
        if (job.ok()) ids[static_cast<size_t>(i)] = job->job_id();
      }
      --running;
    });
  }
  for (int death = 0; death < 5 && running > 0; ++death) {
    const size_t before = Marks().size();
    Eventually([&] { return Marks().size() > before + 5 || running == 0; });
    RestartAgent();
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(std::set<std::string>(ids.begin(), ids.end()).size(), size_t{kLaunches});
  for (const std::string& id : ids) {
    const v1::ExitRecord exit = WaitFinal(client(), id);
    EXPECT_EQ(exit.reason(), v1::EXITED) << exit.ShortDebugString();
    EXPECT_EQ(exit.exit_code(), 0);
  }
  // A death may cut a launch short: nothing of it ran, and its request was made again.
  std::vector<v1::Job> ran = Must(client().ListAllJobs());
  ran.erase(
      std::remove_if(ran.begin(), ran.end(),
                     [](const v1::Job& job) { return job.exit().reason() == v1::LAUNCH_FAILED; }),
      ran.end());
  EXPECT_THAT(ran, SizeIs(kLaunches));
  const std::map<std::string, int> marks = Marks();
  EXPECT_THAT(marks, SizeIs(kLaunches));
  for (const auto& [text, times] : marks) EXPECT_EQ(times, 1) << text;
}

TEST_F(RecoveryTest, ARunGoesOnAcrossTheDeathOfTheAgentWithoutALostOrDoubledByte) {
  std::string output;
  std::thread running = Begin([&] {
    RunCallbacks callbacks;
    callbacks.on_output = [&output](const v1::OutputChunk& chunk) { output += chunk.data(); };
    const absl::StatusOr<v1::ExitRecord> exit =
        client().Run(MarkSpec("printed once", end_), callbacks);
    ASSERT_TRUE(exit.ok()) << exit.status();
    EXPECT_EQ(exit->reason(), v1::EXITED);
  });
  EXPECT_TRUE(Eventually([this] { return Marks()["printed once"] == 1; }));
  RestartAgent();
  Touch(end_);
  running.join();
  EXPECT_EQ(output, "printed once\n");
  EXPECT_EQ(Marks()["printed once"], 1);
}

TEST_F(RecoveryTest, AWaitGoesOnAcrossTheDeathOfTheAgent) {
  const std::string id = Launch(client(), MarkSpec("once", end_)).job_id();
  std::thread waiting = Begin([&] { EXPECT_EQ(WaitFinal(client(), id).exit_code(), 0); });
  RestartAgent();
  Touch(end_);
  waiting.join();
}

TEST_F(RecoveryTest, TimeoutsHoldWhileTheAgentIsAway) {
  v1::LaunchSpec spec = Spec("wait_for_end", {"ignore"});
  SetDuration(absl::Seconds(2), spec.mutable_timeout());
  SetDuration(absl::Milliseconds(100), spec.mutable_kill_policy()->mutable_grace_period());
  const v1::LaunchResponse job = Launch(client(), spec);
  const ProcessWatch process(job.main_process().pid());
  agent().Kill();
  EXPECT_TRUE(Eventually([&process] { return process.Ended(); }));
  agent().Start();
  EXPECT_EQ(WaitFinal(client(), job.job_id()).reason(), v1::TIMED_OUT);
}

TEST_F(RecoveryTest, FinishedRecordsAndDeletionsSurviveARestart) {
  std::vector<std::string> ids;
  for (int i = 0; i < 4; ++i) {
    ids.push_back(Launch(client(), Spec("exit_with", {absl::StrCat(i)})).job_id());
    WaitFinal(client(), ids.back());
  }
  v1::DeleteJobRequest remove;
  remove.set_job_id(ids[0]);
  Must(client().DeleteJob(remove));
  RestartAgent();
  EXPECT_THAT(Must(client().ListAllJobs()), SizeIs(3));
  for (int i = 1; i < 4; ++i) {
    EXPECT_EQ(GetJob(client(), ids[static_cast<size_t>(i)]).exit().exit_code(), i);
  }
}

// Trees are ended with their host by a cgroup or a job object.
class HostDeathTest : public RecoveryTest {
 protected:
  void SetUp() override {
    RecoveryTest::SetUp();
    const v1::Containment containment = Must(client().DescribeAgent()).containment();
    if (containment != v1::CGROUP_V2 && containment != v1::JOB_OBJECT) {
      GTEST_SKIP() << "needs a writable cgroup v2";
    }
  }
};

TEST_F(HostDeathTest, WhenTheJobHostDiesEveryTreeDiesAndItsJobsAreLost) {
  std::vector<std::string> ids(5);
  std::vector<std::vector<ProcessWatch>> trees;
  for (std::string& id : ids) trees.push_back(LaunchTree(5, v1::TERMINATE_TREE, &id));
  std::thread waiting =
      Begin([&] { EXPECT_EQ(WaitFinal(client(), ids[0]).reason(), v1::JOB_LOST); });
  agent().KillHost();
  for (const std::vector<ProcessWatch>& tree : trees) {
    EXPECT_TRUE(Eventually([&tree] { return AllEnded(tree); }));
  }
  waiting.join();
  for (const std::string& id : ids) {
    const v1::ExitRecord exit = WaitFinal(client(), id);
    EXPECT_EQ(exit.reason(), v1::JOB_LOST);
    EXPECT_FALSE(exit.has_exit_code());
    EXPECT_TRUE(exit.final());
    EXPECT_EQ(GetJob(client(), id).state(), v1::LOST);
  }
  // A new host takes new jobs.
  absl::StatusOr<v1::LaunchResponse> again = absl::UnknownError("");
  EXPECT_TRUE(Eventually([&] {
    again = TryLaunch(client(), Spec("exit_with", {"3"}));
    return again.ok();
  })) << again.status();
  ASSERT_TRUE(again.ok());
  EXPECT_EQ(WaitMain(client(), again->job_id()).exit_code(), 3);
}

TEST_F(HostDeathTest, WhenBothDieTheNextStartRecordsTheJobsLostAndNothingIsLeft) {
  std::string id;
  const std::vector<ProcessWatch> tree = LaunchTree(5, v1::TERMINATE_TREE, &id);
  // The agent first: it would end the trees itself.
  agent().Kill();
  agent().KillHost();
  agent().Start();
  EXPECT_TRUE(Eventually([&tree] { return AllEnded(tree); }));
  EXPECT_EQ(WaitFinal(client(), id).reason(), v1::JOB_LOST);
  EXPECT_EQ(GetJob(client(), id).state(), v1::LOST);
}

}  // namespace
}  // namespace proctor
