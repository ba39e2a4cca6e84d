#include "agent/jobhost/win32/job_killer.h"

#include <algorithm>
#include <utility>

#include "common/os_error.h"
#include "common/win32/last_error.h"

namespace proctor::jobhost {
namespace {

// A tree that outlives its termination is terminated again so often at first, and so seldom at
// last.
constexpr int64_t kFirstRetryNs = 20LL * 1000 * 1000;
constexpr int64_t kLastRetryNs = 1000LL * 1000 * 1000;

// What a process that was terminated by us leaves as its exit code; the record names the cause.
constexpr uint32_t kKilledExitCode = ERROR_PROCESS_ABORTED;

}  // namespace

void JobKiller::Ask(const Job& job, int signal, bool close_windows) {
  if (job.tree == nullptr) return;
  BreakSender::Request request;
  request.event = signal == kSignalInterrupt ? CTRL_C_EVENT : CTRL_BREAK_EVENT;
  const HANDLE self = ::GetCurrentProcess();
  if (!::DuplicateHandle(self, job.tree->handle().get(), self, request.job.receive(),
                         JOB_OBJECT_QUERY, FALSE, 0)) {
    return;
  }
  if (job.main_alive) request.pids.push_back(job.pid);
  for (const uint32_t pid : job.tree->ProcessIds()) {
    if (pid != job.pid) request.pids.push_back(pid);
  }
  if (request.pids.empty()) return;
  request.close_windows = close_windows;
  if (job.resources.desktop != nullptr) request.desktop = job.resources.desktop->name();
  sender_.Send(std::move(request));
}

void JobKiller::Force(Job* job, int64_t now_ns) {
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
  const absl::Status killed = job->tree->Terminate(kKilledExitCode);
  // Without the tree at least the process that is known.
  if (!killed.ok() && job->main_alive) ::TerminateProcess(job->process.get(), kKilledExitCode);
}

void JobKiller::Begin(Job* job, int64_t now_ns) {
  job->kill.begun = true;
  job->kill.next_try_ns = kNoDeadline;
  if (job->kill.grace_end_ns <= now_ns || job->kill.signal == kSignalKill) {
    Force(job, now_ns);
  } else {
    Ask(*job, job->kill.signal, true);
  }
}

void JobKiller::Request(Job* job, const KillRequest& request, int64_t now_ns) {
  KillProgress& kill = job->kill;
  if (job->final() || kill.forced) return;
  if (job->cause == CAUSE_UNSPECIFIED) job->cause = request.cause;
  const int64_t grace_end_ns = After(now_ns, request.grace_ns);
  const bool first = !kill.requested;
  if (first) {
    kill.requested = true;
    kill.signal = request.signal != 0 ? request.signal : kSignalTerminate;
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

void JobKiller::KillRest(Job* job, int64_t now_ns) {
  if (job->kill.forced || (job->terms.keep_tree && !job->kill.requested)) return;
  KillRequest request;
  request.signal = job->terms.kill_signal;
  request.grace_ns = job->terms.grace_ns;
  if (!job->kill.requested) {
    Request(job, request, now_ns);
  } else if (!job->kill.begun) {
    Begin(job, now_ns);
  }
  // Else that kill goes on by its own clock, and its event went to all of the console's group.
}

bool JobKiller::Drive(Job* job, int64_t now_ns) {
  KillProgress& kill = job->kill;
  if (job->final() || job->launching != Job::Launching::kDone) return false;
  if (job->timeout_at_ns <= now_ns) {
    job->timeout_at_ns = kNoDeadline;
    KillRequest request;
    request.cause = TIMEOUT;
    request.signal = job->terms.kill_signal;
    request.grace_ns = job->terms.grace_ns;
    Request(job, request, now_ns);
  }
  if (job->kill_rest_at_ns <= now_ns) {
    job->kill_rest_at_ns = kNoDeadline;
    if (job->tree != nullptr) KillRest(job, now_ns);
  }
  // Asked for while the launch was in flight.
  if (kill.requested && !kill.begun) Begin(job, now_ns);
  if (kill.grace_end_ns <= now_ns || kill.next_try_ns <= now_ns) Force(job, now_ns);
  if (kill.confirm_by_ns > now_ns) return false;
  kill.confirm_by_ns = kNoDeadline;
  kill.unconfirmed = true;
  // A tree that is there is not empty, whatever of it can be seen.
  kill.processes_left =
      job->tree != nullptr ? std::max<int64_t>(1, job->tree->ActiveProcesses().value_or(0)) : 0;
  return true;
}

int64_t JobKiller::NextDeadline(const Job& job) {
  if (job.final() || job.launching != Job::Launching::kDone) return kNoDeadline;
  return std::min({job.timeout_at_ns, job.kill.grace_end_ns, job.kill.confirm_by_ns,
                   job.kill.next_try_ns, job.look_at_ns, job.kill_rest_at_ns});
}

absl::Status JobKiller::Deliver(Job* job, int signal, Signal::Target target) {
  const bool gone = target == Signal::MAIN_PROCESS ? !job->main_alive : job->tree == nullptr;
  if (gone) return OsErrorStatus("TerminateProcess", ERROR_NOT_FOUND);
  if (signal == kSignalInterrupt || signal == kSignalTerminate) {
    Ask(*job, signal, false);
    return absl::OkStatus();
  }
  if (signal != kSignalKill) return OsErrorStatus("GenerateConsoleCtrlEvent", ERROR_NOT_SUPPORTED);
  if (target != Signal::MAIN_PROCESS) return job->tree->Terminate(kKilledExitCode);
  if (::TerminateProcess(job->process.get(), kKilledExitCode)) return absl::OkStatus();
  return LastErrorStatus("TerminateProcess");
}

}  // namespace proctor::jobhost
