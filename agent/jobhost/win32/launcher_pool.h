#ifndef PROCTOR_AGENT_JOBHOST_WIN32_LAUNCHER_POOL_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_LAUNCHER_POOL_H_

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/time/time.h"
#include "agent/jobhost/win32/job_controller.h"
#include "agent/jobhost/win32/launcher.h"
#include "agent/jobhost/win32/outbox.h"
#include "common/fair_queue.h"
#include "common/mutex.h"

namespace proctor::jobhost {

// The threads that launch. Thread-safe.
class LauncherPool {
 public:
  static constexpr int kBaseThreads = 4;
  static constexpr int kMaxThreads = 64;
  // So many launches of one user may hang before that user waits.
  static constexpr int kPerUser = 16;

  LauncherPool(LaunchContext context, JobController* controller, Outbox* outbox)
      : context_(std::move(context)), controller_(controller), outbox_(outbox), queue_(kPerUser) {}

  void Start();
  void Enqueue(const std::shared_ptr<Job>& job);
  // `stuck` threads serve nobody until they return: adds threads for those, if launches wait.
  void Grow(int stuck);
  bool has_waiting();
  // Ends and joins the threads. False when one does not come back from the system within
  // `patience`: nothing is joined then.
  bool Stop(absl::Duration patience);

 private:
  using JobPtr = std::shared_ptr<Job>;

  void AddThread() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Run();
  void LaunchOne(const JobPtr& job);

  const LaunchContext context_;
  JobController* const controller_;
  Outbox* const outbox_;
  Mutex mutex_;
  CondVar wake_;
  // By SID: users take turns.
  FairQueue<std::string, JobPtr> queue_ ABSL_GUARDED_BY(mutex_);
  int launching_ ABSL_GUARDED_BY(mutex_) = 0;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_LAUNCHER_POOL_H_
