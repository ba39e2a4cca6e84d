#include "agent/jobhost/job_controller.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <memory>
#include <utility>

#include "tests/agent/jobhost/unseen_tree.h"

namespace proctor::jobhost {
namespace {

constexpr int64_t kSecond = 1000LL * 1000 * 1000;

// A process that has ended, and is not reaped.
pid_t Zombie() {
  const pid_t pid = ::fork();
  if (pid == 0) ::_exit(0);
  siginfo_t info;
  EXPECT_EQ(::waitid(P_PID, static_cast<id_t>(pid), &info, WEXITED | WNOWAIT), 0);
  return pid;
}

TEST(JobControllerTest, AJobWhoseMainProcessIsReapedBeforeItsLauncherKnowsKeepsItsTimeout) {
  int64_t timer_ns = kNoDeadline;
  std::shared_ptr<Job> job;
  JobController::Hooks hooks;
  hooks.enqueue_launch = [&job](const std::shared_ptr<Job>& queued) { job = queued; };
  hooks.set_timer = [&timer_ns](int64_t deadline_ns) { timer_ns = deadline_ns; };
  JobController controller(CONTAINMENT_UNSPECIFIED, hooks);
  Outbox outbox([&controller](const Job& told) { return controller.Report(told); },
                [](const SeqpacketSocket&) {});
  controller.Connect(&outbox, nullptr);
  LaunchSlot slot;
  controller.AddSlot(&slot);
  Launch launch;
  launch.set_job_id("job");
  launch.set_keep_tree(true);
  launch.set_timeout_ns(5 * kSecond);
  controller.AcceptLaunch(launch, UniqueFd());
  ASSERT_TRUE(controller.BeginLaunch(job, &slot));
  slot.child = Zombie();
  controller.ReapChild(slot.child);
  ASSERT_TRUE(slot.reaped);
  LaunchOutcome outcome;
  outcome.pid = slot.child;
  outcome.started_ns = kSecond;
  outcome.tree = std::make_unique<UnseenTree>();
  controller.EndLaunch(&slot, std::move(outcome));
  EXPECT_EQ(controller.Report(*job).phase(), DRAINING);
  EXPECT_EQ(timer_ns, 6 * kSecond);
}

}  // namespace
}  // namespace proctor::jobhost
