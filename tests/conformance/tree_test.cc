// The job is its whole tree: how it ends, how it is ended, and what is left of it, which is
// nothing.

#include <gmock/gmock.h>

#include "tests/conformance/child_process.h"
#include "tests/conformance/conformance_test.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/must.h"

namespace proctor {
namespace {

using ::testing::SizeIs;

using TreeTest = ConformanceTest;

TEST_F(TreeTest, WhatTheMainProcessLeavesBehindEndsWithIt) {
  std::string id;
  const std::vector<ProcessWatch> processes = LaunchTree(3, v1::TERMINATE_TREE, &id);
  Touch(File("leave"));
  const v1::ExitRecord exit = WaitFinal(client(), id);
  EXPECT_TRUE(AllEnded(processes));
  EXPECT_EQ(exit.reason(), v1::EXITED);
  EXPECT_EQ(exit.exit_code(), 0);
  EXPECT_TRUE(exit.final());
}

TEST_F(TreeTest, AKeptTreeGoesOnUntilItsLastProcessEnds) {
  std::string id;
  const std::vector<ProcessWatch> processes = LaunchTree(1, v1::KEEP_TREE, &id);
  Touch(File("leave"));
  // The child holds the job's standard output open: nobody waits for that.
  const v1::ExitRecord main = WaitMain(client(), id);
  EXPECT_EQ(main.exit_code(), 0);
  EXPECT_FALSE(main.final());
  EXPECT_FALSE(processes[0].Ended());
  EXPECT_EQ(GetJob(client(), id).state(), v1::DRAINING);
  Touch(File("end"));
  const v1::ExitRecord last = WaitFinal(client(), id);
  EXPECT_TRUE(AllEnded(processes));
  EXPECT_TRUE(last.final());
  EXPECT_EQ(last.reason(), v1::EXITED);
  EXPECT_EQ(GetJob(client(), id).state(), v1::FINISHED);
}

TEST_F(TreeTest, AKillEndsATreeThatIsKept) {
  std::string id;
  const std::vector<ProcessWatch> processes = LaunchTree(3, v1::KEEP_TREE, &id);
  Touch(File("leave"));
  WaitMain(client(), id);
  EXPECT_FALSE(processes[0].Ended());
  EXPECT_FALSE(Kill(client(), id, absl::ZeroDuration()).already_finished());
  EXPECT_TRUE(AllEnded(processes));
}

TEST_F(TreeTest, KillEndsEveryProcessOfATreeOfTwoHundred) {
  std::string id;
  const std::vector<ProcessWatch> processes = LaunchTree(199, v1::TERMINATE_TREE, &id);
  EXPECT_TRUE(Kill(client(), id, absl::ZeroDuration()).exit().final());
  EXPECT_TRUE(AllEnded(processes));
}

TEST_F(TreeTest, ARunEndsItsJobWhenItsCallerVanishes) {
  const std::string log = File("log");
  const std::string marks = File("marks");
  const v1::LaunchSpec spec = Spec("mark_launch", {marks, "ran", File("never")});
  std::vector<std::string> words = {TestAgent::Command(), "--agent", agent().target(), "run", "--"};
  words.insert(words.end(), spec.argv().begin(), spec.argv().end());
  ChildProcess caller(words, log, log);
  ASSERT_TRUE(Eventually([&] { return ReadFile(marks) == "ran\n"; })) << ReadFile(log);
  // The agent hears of it a little later than the program's first act.
  std::vector<v1::Job> jobs;
  ASSERT_TRUE(Eventually([&] {
    jobs = Must(client().ListAllJobs());
    return jobs.size() == 1 && jobs[0].state() == v1::RUNNING;
  }));
  caller.Kill();
  // Not by a Wait: whoever waits is a caller who is there.
  v1::Job job;
  EXPECT_TRUE(Eventually([&] {
    job = GetJob(client(), jobs[0].job_id());
    return job.exit().final();
  }));
  EXPECT_EQ(job.exit().reason(), v1::KILLED);
}

}  // namespace
}  // namespace proctor
