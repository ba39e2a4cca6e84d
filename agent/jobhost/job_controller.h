#ifndef PROCTOR_AGENT_JOBHOST_JOB_CONTROLLER_H_
#define PROCTOR_AGENT_JOBHOST_JOB_CONTROLLER_H_

#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

#include "absl/status/status.h"
#include "agent/jobhost/deadline_queue.h"
#include "agent/jobhost/job.h"
#include "agent/jobhost/launch_slot.h"
#include "agent/jobhost/outbox.h"
#include "agent/jobhost/spooler.h"
#include "common/mutex.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// Every job of this host and what happens to it: launch, exit, kill, end. Thread-safe; one lock,
// held for short. Signals to process ids are sent only by the thread that reaps, so that an id is
// never signalled after its process has gone. Reports go to the outbox; whoever calls flushes it.
class JobController {
 public:
  // How the controller reaches what it does not own. Called with the lock held: must not call back.
  struct Hooks {
    std::function<void(const std::shared_ptr<Job>&)> enqueue_launch;
    // The earliest deadline (monotonic ns, kNoDeadline: none) has changed.
    std::function<void(int64_t)> set_timer;
    // ReapChild(pid) is to be called when the descriptor becomes readable.
    std::function<void(int pidfd, pid_t pid)> watch_main;
    std::function<void(int fd)> watch_tree;
    std::function<void(int fd)> unwatch_tree;
  };

  JobController(Containment containment, Hooks hooks)
      : containment_(containment), hooks_(std::move(hooks)) {}
  // Before anything else.
  void Connect(Outbox* outbox, Spooler* spooler);

  // The agent's requests.
  void AcceptLaunch(Launch launch, UniqueFd stdin_fd);
  void Kill(const jobhost::Kill& request);
  SignalReply DeliverSignal(const Signal& request);
  void Acknowledge(const jobhost::Acknowledge& request);
  void Follow(const FollowOutput& request);
  // Puts every job into the outbox.
  void ReportAll();
  bool Knows(const std::string& job_id);

  // The launchers. Begin is false when the job ended while it was queued.
  void AddSlot(LaunchSlot* slot);
  bool BeginLaunch(const std::shared_ptr<Job>& job, LaunchSlot* slot);
  void EndLaunch(LaunchSlot* slot, LaunchOutcome outcome);

  // The supervisor.
  // That child may have ended: reaps it.
  void ReapChild(pid_t pid);
  // Reaps whatever has ended. The kernel looks at every child for it.
  void ReapAllChildren();
  void DriveDeadlines();
  void TreeChanged(int notify_fd);
  // Kills children whose launch takes longer than that. Returns how many launches are in flight,
  // and how many of them for longer than `stuck_ns`.
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

  void RegisterLaunched(const JobPtr& job, LaunchSlot* slot, LaunchOutcome outcome)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Lets the spool threads read what the job prints.
  void AttachStreams(const JobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void LaunchFailed(const JobPtr& job, LaunchSlot* slot, LaunchOutcome outcome)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // False: the child was no job's main process.
  bool ChildEnded(pid_t pid, int wait_status, const rusage& usage)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void MainEnded(const JobPtr& job, int wait_status, const rusage& usage)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void AskDrainingTrees() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // Finishes the job if its tree is empty.
  bool FinishIfEmpty(const JobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // How many streams, 0 or 1, are not at their end yet.
  int FinishStream(const JobPtr& job, bool standard_error) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void StreamFinished(const JobPtr& job, bool standard_error, const StreamResult& result);
  void End(const JobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Ended(const JobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void UpdateDeadline(const JobPtr& job) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  JobPtr Find(const std::string& job_id) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Containment containment_;
  const Hooks hooks_;
  Outbox* outbox_ = nullptr;
  Spooler* spooler_ = nullptr;

  Mutex mutex_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::unordered_map<std::string, JobPtr> jobs_ ABSL_GUARDED_BY(mutex_);
  size_t unfinished_ ABSL_GUARDED_BY(mutex_) = 0;
  // Two jobs share an id for the moment between the reaping of one and the handling of that; the
  // older comes first.
  std::multimap<pid_t, JobPtr> by_pid_ ABSL_GUARDED_BY(mutex_);
  // Main process gone, tree not empty.
  std::set<JobPtr> draining_ ABSL_GUARDED_BY(mutex_);
  // The same by notify_fd, where their trees have one.
  std::unordered_map<int, JobPtr> watched_ ABSL_GUARDED_BY(mutex_);
  std::vector<LaunchSlot*> slots_ ABSL_GUARDED_BY(mutex_);
  DeadlineQueue<JobPtr> deadlines_ ABSL_GUARDED_BY(mutex_);
  int64_t timer_ns_ ABSL_GUARDED_BY(mutex_) = kNoDeadline;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_JOB_CONTROLLER_H_
