#include "agent/jobhost/job_killer.h"

#include <memory>
#include <utility>

#include "gtest/gtest.h"
#include "tests/agent/jobhost/unseen_tree.h"

namespace proctor::jobhost {
namespace {

int64_t LeftAfterKill(std::unique_ptr<ProcessTree> tree) {
  Job job;
  job.life.BeginLaunch();
  job.life.Started();
  job.life.MainEnded();
  job.kill.Started(0, 0);
  job.tree = std::move(tree);
  RequestKill(&job, KillRequest(), 1);
  EXPECT_TRUE(DriveKill(&job, 1 + KillPlan::kConfirmNs));
  EXPECT_TRUE(job.kill.unconfirmed());
  return job.kill.processes_left();
}

TEST(JobKillerTest, AnUnconfirmedKillTellsProcessesFromOutput) {
  EXPECT_EQ(LeftAfterKill(std::make_unique<UnseenTree>()), 1);
  EXPECT_EQ(LeftAfterKill(nullptr), 0) << "the tree is empty, its streams are not finished";
}

}  // namespace
}  // namespace proctor::jobhost
