#include "agent/jobhost/win32/job_killer.h"

#include <algorithm>
#include <utility>

#include "common/os_error.h"
#include "common/win32/last_error.h"

namespace proctor::jobhost {
namespace {

// What a process that was terminated by us leaves as its exit code; the record names the cause.
constexpr uint32_t kKilledExitCode = ERROR_PROCESS_ABORTED;

void Force(const Job& job) {
  if (job.tree == nullptr) return;
  const absl::Status killed = job.tree->Terminate(kKilledExitCode);
  // Without the tree at least the process that is known.
  if (!killed.ok() && job.life.main_alive()) ::TerminateProcess(job.process.get(), kKilledExitCode);
}

// What ends the job when nobody has said how.
KillRequest OwnRequest(const Job& job, Cause cause) {
  return {cause, job.terms.kill_signal, job.terms.grace_ns};
}

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
  if (job.life.main_alive()) request.pids.push_back(job.pid);
  for (const uint32_t pid : job.tree->ProcessIds()) {
    if (pid != job.pid) request.pids.push_back(pid);
  }
  if (request.pids.empty()) return;
  request.close_windows = close_windows;
  if (job.resources.desktop != nullptr) request.desktop = job.resources.desktop->name();
  sender_.Send(std::move(request));
}

void JobKiller::Take(KillPlan::Step step, const Job& job) {
  switch (step) {
    case KillPlan::Step::kNothing:
    case KillPlan::Step::kSignalRest:  // The event went to all of the console's group.
      return;
    case KillPlan::Step::kSignal:
      return Ask(job, job.kill.signal(), true);
    case KillPlan::Step::kForce:
      return Force(job);
  }
}

void JobKiller::Request(Job* job, const KillRequest& request, int64_t now_ns) {
  Take(job->kill.Request(request, now_ns), *job);
}

bool JobKiller::Drive(Job* job, int64_t now_ns) {
  Take(job->kill.Due(OwnRequest(*job, TIMEOUT), now_ns), *job);
  if (job->kill_rest_at_ns <= now_ns) {
    job->kill_rest_at_ns = kNoDeadline;
    const KillRequest request = OwnRequest(*job, CAUSE_UNSPECIFIED);
    Take(job->kill.RestLeft(request, job->terms.keep_tree, now_ns), *job);
  }
  if (!job->kill.ConfirmIsOver(now_ns)) return false;
  // A tree that is there is not empty, whatever of it can be seen.
  const bool empty = job->tree == nullptr;
  job->kill.Unconfirmed(empty ? 0 : std::max<int64_t>(1, job->tree->ActiveProcesses().value_or(0)));
  return true;
}

int64_t JobKiller::NextDeadline(const Job& job) {
  if (job.life.ended()) return kNoDeadline;
  return std::min({job.kill.NextDeadline(), job.look_at_ns, job.kill_rest_at_ns});
}

absl::Status JobKiller::Deliver(Job* job, int signal, Signal::Target target) {
  const bool gone = target == Signal::MAIN_PROCESS ? !job->life.main_alive() : job->tree == nullptr;
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
