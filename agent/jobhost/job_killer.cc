#include "agent/jobhost/job_killer.h"

#include <errno.h>
#include <signal.h>

#include <algorithm>

#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

// A tree that outlives its SIGKILL is killed again so often at first, and so seldom at last.
constexpr int64_t kFirstRetryNs = 20LL * 1000 * 1000;
constexpr int64_t kLastRetryNs = 1000LL * 1000 * 1000;

void Force(Job* job, int64_t now_ns) {
  KillProgress& kill = job->kill;
  kill.grace_end_ns = kNoDeadline;
  if (!kill.forced) {
    kill.forced = true;
    kill.confirm_by_ns = now_ns + kConfirmNs;
    kill.retry_ns = kFirstRetryNs;
  } else {
    kill.retry_ns = std::min(2 * kill.retry_ns, kLastRetryNs);
  }
  kill.next_try_ns = now_ns + kill.retry_ns;
  if (job->tree == nullptr) return;
  const absl::Status killed = job->tree->KillAll();
  // Without the tree at least the process that is known.
  if (!killed.ok() && job->main_alive) ::kill(-job->pid, SIGKILL);
}

// What is stopped would not see the signal before the grace period is over. A tree that ended
// meanwhile is what was asked for.
void SignalRest(Job* job, pid_t except_group) {
  if (job->tree == nullptr) return;
  job->tree->SignalAll(job->kill.signal, except_group).IgnoreError();
  job->tree->SignalAll(SIGCONT, except_group).IgnoreError();
}

// The polite signal, to the main process's group or, when that has gone, to all that is left.
void SendFirstSignal(Job* job) {
  if (!job->main_alive) return SignalRest(job, 0);
  ::kill(-job->pid, job->kill.signal);
  ::kill(-job->pid, SIGCONT);
}

void Begin(Job* job, int64_t now_ns) {
  job->kill.begun = true;
  job->kill.next_try_ns = kNoDeadline;
  if (job->kill.grace_end_ns <= now_ns || job->kill.signal == SIGKILL) {
    Force(job, now_ns);
  } else {
    SendFirstSignal(job);
  }
}

}  // namespace

void RequestKill(Job* job, const KillRequest& request, int64_t now_ns) {
  KillProgress& kill = job->kill;
  if (job->final() || kill.forced) return;
  if (job->cause == CAUSE_UNSPECIFIED) job->cause = request.cause;
  const int64_t grace_end_ns = After(now_ns, request.grace_ns);
  const bool first = !kill.requested;
  if (first) {
    kill.requested = true;
    kill.signal = request.signal != 0 ? request.signal : SIGTERM;
    kill.grace_end_ns = grace_end_ns;
  } else {
    kill.grace_end_ns = std::min(kill.grace_end_ns, grace_end_ns);
  }
  if (job->launching != Job::Launching::kDone) return;
  if (first) {
    Begin(job, now_ns);
  } else if (kill.grace_end_ns <= now_ns) {
    Force(job, now_ns);
  }
}

void KillRestOfTree(Job* job, int64_t now_ns) {
  if (job->kill.forced || (job->launch.keep_tree() && !job->kill.requested)) return;
  KillRequest request;
  request.signal = job->launch.kill_signal();
  request.grace_ns = job->launch.grace_ns();
  if (!job->kill.requested) {
    RequestKill(job, request, now_ns);
  } else if (!job->kill.begun) {
    Begin(job, now_ns);
  } else {
    // That kill goes on by its own clock, but its signal went to the main process's group only.
    SignalRest(job, job->pid);
  }
}

bool DriveKill(Job* job, int64_t now_ns) {
  KillProgress& kill = job->kill;
  if (job->final() || job->launching != Job::Launching::kDone) return false;
  if (job->timeout_at_ns <= now_ns) {
    job->timeout_at_ns = kNoDeadline;
    KillRequest request;
    request.cause = TIMEOUT;
    request.signal = job->launch.kill_signal();
    request.grace_ns = job->launch.grace_ns();
    RequestKill(job, request, now_ns);
  }
  // Asked for while the launch was in flight.
  if (kill.requested && !kill.begun) Begin(job, now_ns);
  if (kill.grace_end_ns <= now_ns || kill.next_try_ns <= now_ns) Force(job, now_ns);
  if (kill.confirm_by_ns > now_ns) return false;
  kill.confirm_by_ns = kNoDeadline;
  kill.unconfirmed = true;
  // A tree that is there is not empty, whatever of it can be seen.
  kill.processes_left = job->tree != nullptr ? std::max<int64_t>(1, job->tree->Count()) : 0;
  return true;
}

int64_t NextDeadline(const Job& job) {
  if (job.final() || job.launching != Job::Launching::kDone) return kNoDeadline;
  return std::min(
      {job.timeout_at_ns, job.kill.grace_end_ns, job.kill.confirm_by_ns, job.kill.next_try_ns});
}

absl::Status DeliverSignal(Job* job, int signal, Signal::Target target) {
  if (target == Signal::TREE) {
    if (job->tree == nullptr) return OsErrorStatus("pidfd_send_signal", ESRCH);
    return job->tree->SignalAll(signal, 0);
  }
  if (!job->main_alive) return OsErrorStatus("kill", ESRCH);
  const pid_t whom = target == Signal::PROCESS_GROUP ? -job->pid : job->pid;
  if (::kill(whom, signal) != 0) return OsErrorStatus("kill", errno);
  return absl::OkStatus();
}

}  // namespace proctor::jobhost
