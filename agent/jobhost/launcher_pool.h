#ifndef PROCTOR_AGENT_JOBHOST_LAUNCHER_POOL_H_
#define PROCTOR_AGENT_JOBHOST_LAUNCHER_POOL_H_

#include <memory>
#include <thread>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/jobhost/job_controller.h"
#include "agent/jobhost/launch_slot.h"
#include "agent/jobhost/linux/launcher.h"
#include "common/fair_queue.h"
#include "common/mutex.h"

namespace proctor::jobhost {

// The threads that launch. They never exit while the host runs: a child's parent-death signal is
// bound to the thread that made it. Thread-safe.
class LauncherPool {
 public:
  static constexpr int kBaseThreads = 4;
  static constexpr int kMaxThreads = 64;
  // So many launches of one user may hang before that user waits.
  static constexpr int kPerUser = 16;

  LauncherPool(const LaunchContext& context, JobController* controller, Outbox* outbox)
      : context_(context), controller_(controller), outbox_(outbox), queue_(kPerUser) {}

  absl::Status Start();
  void Enqueue(const std::shared_ptr<Job>& job);
  // `stuck` threads serve nobody until they return: adds threads for those, if launches wait.
  void Grow(int stuck);
  bool has_waiting();
  // Ends and joins the threads; no launch may be in flight.
  void Stop();

 private:
  absl::Status AddThread();
  void Run(Launcher* launcher, LaunchSlot* slot);

  const LaunchContext context_;
  JobController* const controller_;
  Outbox* const outbox_;
  Mutex mutex_;
  CondVar wake_;
  FairQueue<uid_t, std::shared_ptr<Job>> queue_ ABSL_GUARDED_BY(mutex_);
  int idle_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::unique_ptr<Launcher>> launchers_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::unique_ptr<LaunchSlot>> slots_ ABSL_GUARDED_BY(mutex_);
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LAUNCHER_POOL_H_
