#include "agent/jobhost/job_killer.h"

#include <memory>
#include <utility>

#include "gtest/gtest.h"

namespace proctor::jobhost {
namespace {

// A tree that does not end, and of which nothing can be seen.
class UnseenTree final : public ProcessTree {
 public:
  void Started(pid_t) override {}
  bool Empty() override { return false; }
  int64_t Count() override { return 0; }
  absl::Status SignalAll(int, pid_t) override { return absl::OkStatus(); }
  absl::Status KillAll() override { return absl::OkStatus(); }
  absl::optional<CpuTime> Cpu() override { return absl::nullopt; }
  int notify_fd() const override { return -1; }
  int cgroup_fd() const override { return -1; }
};

int64_t LeftAfterKill(std::unique_ptr<ProcessTree> tree) {
  Job job;
  job.life.BeginLaunch();
  job.life.Started();
  job.life.MainEnded();
  job.kill.Started(0, kNoDeadline);
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
