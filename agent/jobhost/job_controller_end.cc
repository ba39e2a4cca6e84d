// The second half of a job's life: its main process ends, its tree empties, its output is drained.

#include <errno.h>
#include <sys/wait.h>

#include <algorithm>
#include <utility>

#include "agent/jobhost/host_clock.h"
#include "agent/jobhost/job_controller.h"
#include "agent/jobhost/job_killer.h"
#include "agent/jobhost/job_report.h"

namespace proctor::jobhost {
namespace {

// With more trees than this on their way out, the kernel's notification has to do.
constexpr size_t kMaxTreesToAsk = 64;

}  // namespace

void JobController::ReapChild(pid_t pid) {
  MutexLock lock(&mutex_);
  int wait_status = 0;
  rusage usage;
  pid_t ended;
  // By its id, which the kernel finds without a search (since 5.13).
  while ((ended = ::wait4(pid, &wait_status, WNOHANG, &usage)) < 0 && errno == EINTR) {
  }
  if (ended != pid) return;  // Reaped before, or not ended.
  if (!ChildEnded(pid, wait_status, usage)) AskDrainingTrees();
}

void JobController::ReapAllChildren() {
  // Without the lock: it takes a while, and every signal to a process id is sent by this thread.
  struct Ended {
    pid_t pid;
    int wait_status;
    rusage usage;
  };
  std::vector<Ended> batch;
  while (true) {
    Ended ended;
    ended.pid = ::wait4(-1, &ended.wait_status, WNOHANG, &ended.usage);
    if (ended.pid < 0 && errno == EINTR) continue;
    if (ended.pid <= 0) break;
    batch.push_back(ended);
  }
  if (batch.empty()) return;
  MutexLock lock(&mutex_);
  for (const Ended& ended : batch) ChildEnded(ended.pid, ended.wait_status, ended.usage);
  AskDrainingTrees();
}

void JobController::AskDrainingTrees() {
  if (draining_.empty() || draining_.size() > kMaxTreesToAsk) return;
  // What ended may have been the last of some tree, and the kernel tells that up to 10 ms late.
  const std::vector<JobPtr> draining(draining_.begin(), draining_.end());
  for (const JobPtr& job : draining) FinishIfEmpty(job);
}

bool JobController::ChildEnded(pid_t pid, int wait_status, const rusage& usage) {
  const auto found = by_pid_.find(pid);
  if (found != by_pid_.end()) {
    const JobPtr job = found->second;
    by_pid_.erase(found);
    MainEnded(job, wait_status, usage);
    return true;
  }
  for (LaunchSlot* const slot : slots_) {
    if (slot->job == nullptr || __atomic_load_n(&slot->child, __ATOMIC_RELAXED) != pid) continue;
    slot->reaped = true;
    slot->wait_status = wait_status;
    slot->usage = usage;
    return true;
  }
  // An orphan of some job: we are its subreaper, and that was all there is to do.
  return false;
}

void JobController::MainEnded(const JobPtr& job, int wait_status, const rusage& usage) {
  const int64_t now_ns = MonotonicNs();
  MainExit end = DescribeExit(wait_status, usage, job->started_cpu_ns);
  end.set_exited_unix_ns(UnixNs());
  end.set_run_time_ns(static_cast<uint64_t>(std::max<int64_t>(0, now_ns - job->started_ns)));
  job->kill.SetCause(BY_ITSELF);
  end.set_cause(job->kill.cause());
  job->main_exit = std::move(end);
  job->life.MainEnded();
  job->pidfd.reset();
  if (FinishIfEmpty(job)) return;
  draining_.insert(job);
  if (job->tree->notify_fd() >= 0) {
    watched_[job->tree->notify_fd()] = job;
    hooks_.watch_tree(job->tree->notify_fd());
  }
  KillRestOfTree(job.get(), now_ns);
  UpdateDeadline(job);
  outbox_->Add(job);
}

bool JobController::FinishIfEmpty(const JobPtr& job) {
  if (job->tree == nullptr || job->life.main_alive() || !job->tree->Empty()) return false;
  if (draining_.erase(job) != 0 && job->tree->notify_fd() >= 0) {
    watched_.erase(job->tree->notify_fd());
    hooks_.unwatch_tree(job->tree->notify_fd());
  }
  job->kill.TreeEmptied(MonotonicNs());
  job->cpu = job->tree->Cpu();
  if (job->cpu.has_value()) job->cpu = SinceStart(*job->cpu, job->started_cpu_ns);
  job->tree = nullptr;
  job->credentials = nullptr;
  job->pam_session = nullptr;
  if (job->life.TreeEmptied(FinishStream(job, false) + FinishStream(job, true))) {
    End(job);
  } else {
    UpdateDeadline(job);
    outbox_->Add(job);
  }
  return true;
}

int JobController::FinishStream(const JobPtr& job, bool standard_error) {
  const std::shared_ptr<SpoolStream> stream = std::move(standard_error ? job->err : job->out);
  if (stream == nullptr) return 0;
  const absl::optional<StreamResult> result = stream->TryFinishNow();
  if (result.has_value()) {
    spooler_->Remove(stream.get());
    (standard_error ? job->err_result : job->out_result) = *result;
    return 0;
  }
  spooler_->FinishLater(stream, [this, job, standard_error](const StreamResult& late) {
    StreamFinished(job, standard_error, late);
  });
  return 1;
}

void JobController::StreamFinished(const JobPtr& job, bool standard_error,
                                   const StreamResult& result) {
  {
    MutexLock lock(&mutex_);
    (standard_error ? job->err_result : job->out_result) = result;
    if (job->life.StreamEnded()) End(job);
  }
  outbox_->Flush();
}

void JobController::TreeChanged(int notify_fd) {
  MutexLock lock(&mutex_);
  const auto found = watched_.find(notify_fd);
  if (found == watched_.end()) return;
  const JobPtr job = found->second;
  FinishIfEmpty(job);
}

}  // namespace proctor::jobhost
