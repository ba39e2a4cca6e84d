#include "agent/jobhost/job_killer.h"

#include <errno.h>
#include <signal.h>

#include <algorithm>

#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

// What is stopped would not see the signal before the grace period is over. A tree that ended
// meanwhile is what was asked for.
void SignalRest(const Job& job, pid_t except_group) {
  if (job.tree == nullptr) return;
  job.tree->SignalAll(job.kill.signal(), except_group).IgnoreError();
  job.tree->SignalAll(SIGCONT, except_group).IgnoreError();
}

void SendSignal(const Job& job) {
  if (!job.life.main_alive()) return SignalRest(job, 0);
  ::kill(-job.pid, job.kill.signal());
  ::kill(-job.pid, SIGCONT);
}

void Force(const Job& job) {
  if (job.tree == nullptr) return;
  const absl::Status killed = job.tree->KillAll();
  // Without the tree at least the process that is known.
  if (!killed.ok() && job.life.main_alive()) ::kill(-job.pid, SIGKILL);
}

void Take(KillPlan::Step step, const Job& job) {
  switch (step) {
    case KillPlan::Step::kNothing:
      return;
    case KillPlan::Step::kSignal:
      return SendSignal(job);
    case KillPlan::Step::kSignalRest:
      return SignalRest(job, job.pid);
    case KillPlan::Step::kForce:
      return Force(job);
  }
}

// What ends the job when nobody has said how.
KillRequest OwnRequest(const Job& job, Cause cause) {
  return {cause, job.launch.kill_signal(), job.launch.grace_ns()};
}

}  // namespace

void RequestKill(Job* job, const KillRequest& request, int64_t now_ns) {
  Take(job->kill.Request(request, now_ns), *job);
}

void KillRestOfTree(Job* job, int64_t now_ns) {
  const KillRequest request = OwnRequest(*job, CAUSE_UNSPECIFIED);
  Take(job->kill.RestLeft(request, job->launch.keep_tree(), now_ns), *job);
}

bool DriveKill(Job* job, int64_t now_ns) {
  Take(job->kill.Due(OwnRequest(*job, TIMEOUT), now_ns), *job);
  if (!job->kill.ConfirmIsOver(now_ns)) return false;
  // A tree that is there is not empty, whatever of it can be seen.
  job->kill.Unconfirmed(job->tree != nullptr ? std::max<int64_t>(1, job->tree->Count()) : 0);
  return true;
}

absl::Status DeliverSignal(Job* job, int signal, Signal::Target target) {
  if (target == Signal::TREE) {
    if (job->tree == nullptr) return OsErrorStatus("pidfd_send_signal", ESRCH);
    return job->tree->SignalAll(signal, 0);
  }
  if (!job->life.main_alive()) return OsErrorStatus("kill", ESRCH);
  const pid_t whom = target == Signal::PROCESS_GROUP ? -job->pid : job->pid;
  if (::kill(whom, signal) != 0) return OsErrorStatus("kill", errno);
  return absl::OkStatus();
}

}  // namespace proctor::jobhost
