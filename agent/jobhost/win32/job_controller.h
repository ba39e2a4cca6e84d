#ifndef PROCTOR_AGENT_JOBHOST_WIN32_JOB_CONTROLLER_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_JOB_CONTROLLER_H_

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <unordered_map>

#include "absl/status/status.h"
#include "agent/jobhost/deadline_queue.h"
#include "agent/jobhost/win32/completion_port.h"
#include "agent/jobhost/win32/job.h"
#include "agent/jobhost/win32/job_killer.h"
#include "agent/jobhost/win32/launcher.h"
#include "agent/jobhost/win32/outbox.h"
#include "agent/jobhost/win32/spooler.h"
#include "common/mutex.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// Every job of this host and what happens to it: launch, exit, kill, end. Thread-safe; one lock,
// held for short. Processes are known by handle, so any thread may act on them. Reports go to the
// outbox; whoever calls flushes it.
class JobController {
 public:
  // How the controller reaches what it does not own. Called with the lock held: must not call back.
  struct Hooks {
    std::function<void(const std::shared_ptr<Job>&)> enqueue_launch;
    // The earliest deadline (monotonic ns, kNoDeadline: none) has changed.
    std::function<void(int64_t)> set_timer;
    // Takes what an ended tree used.
    std::function<void(SessionResources)> release;
  };

  // `port` is told of ended processes, with the job's key.
  JobController(const CompletionPort* port, Hooks hooks) : port_(port), hooks_(std::move(hooks)) {}
  // Before anything else.
  void Connect(Outbox* outbox, Spooler* spooler);

  // The agent's requests.
  void AcceptLaunch(std::unique_ptr<LaunchOrder> order);
  void Kill(const jobhost::Kill& request);
  SignalReply DeliverSignal(const Signal& request);
  void Acknowledge(const jobhost::Acknowledge& request);
  void Follow(const FollowOutput& request);
  // Puts every job into the outbox.
  void ReportAll();

  // The launchers. Begin gives nothing when the job ended while it was queued. Confirm is false
  // when it is not wanted any more: its process must not run then.
  std::unique_ptr<LaunchOrder> BeginLaunch(const std::shared_ptr<Job>& job);
  bool ConfirmLaunch(const std::shared_ptr<Job>& job);
  void EndLaunch(const std::shared_ptr<Job>& job, LaunchOutcome outcome);

  // The supervisor. A hint about this job: looks at what is true.
  void Look(uint64_t key);
  void DriveDeadlines();
  // Gives up launches that take longer than that: what their launchers bring is ended unseen.
  // Returns how many launches are in flight, given up or not, and how many of them for longer than
  // `stuck_ns`.
  struct InFlight {
    int count = 0;
    int stuck = 0;
  };
  InFlight CheckLaunches(int64_t deadline_ns, int64_t stuck_ns);
  // No job is launched any more, and all are killed with at most this grace period.
  void StopAll(uint64_t grace_ns);

  size_t job_count();
  size_t unfinished_count();

  JobReport Report(const Job& job);

 private:
  using JobPtr = std::shared_ptr<Job>;

  void Register(const JobPtr& job, LaunchOutcome outcome) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Lets the spool threads read what the job prints.
  void AttachStreams(const JobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LookAt(const JobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MainEnded(const JobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Finishes the job if its tree is empty.
  bool FinishIfEmpty(const JobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // How many streams, 0 or 1, are not at their end yet.
  int FinishStream(const JobPtr& job, bool standard_error) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StreamFinished(const JobPtr& job, bool standard_error, const StreamResult& result);
  void End(const JobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Ended(const JobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void UpdateDeadline(const JobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  JobPtr Find(const std::string& job_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const CompletionPort* const port_;
  const Hooks hooks_;
  Outbox* outbox_ = nullptr;
  Spooler* spooler_ = nullptr;
  JobKiller killer_;

  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t last_key_ ABSL_GUARDED_BY(mutex_) = 0;
  std::unordered_map<std::string, JobPtr> jobs_ ABSL_GUARDED_BY(mutex_);
  size_t unfinished_ ABSL_GUARDED_BY(mutex_) = 0;
  // Those with a process.
  std::unordered_map<uint64_t, JobPtr> by_key_ ABSL_GUARDED_BY(mutex_);
  // In the hands of a launcher, not confirmed yet, and since when.
  std::map<JobPtr, int64_t> in_flight_ ABSL_GUARDED_BY(mutex_);
  DeadlineQueue<JobPtr> deadlines_ ABSL_GUARDED_BY(mutex_);
  int64_t timer_ns_ ABSL_GUARDED_BY(mutex_) = kNoDeadline;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_JOB_CONTROLLER_H_
