// The second half of a job's life: its main process ends, its tree empties, its output is drained.

#include <algorithm>
#include <utility>

#include "agent/jobhost/host_clock.h"
#include "agent/jobhost/win32/job_controller.h"
#include "agent/jobhost/win32/job_report.h"

namespace proctor::jobhost {
namespace {

// How often a tree that is to become empty is looked at, should nobody tell.
constexpr int64_t kLookAgainNs = 500LL * 1000 * 1000;

// The console's host may be of the tree and goes a moment after its last client: nobody to be
// killed.
constexpr int64_t kConsoleNs = 50LL * 1000 * 1000;

}  // namespace

void JobController::Look(uint64_t key) {
  MutexLock lock(&mutex_);
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return;
  LookAt(JobPtr(found->second));
}

void JobController::LookAt(const JobPtr& job) {
  if (job->life.main_alive() && ::WaitForSingleObject(job->process.get(), 0) == WAIT_OBJECT_0) {
    MainEnded(job);
    return;
  }
  if (FinishIfEmpty(job)) return;
  if (job->look_at_ns != kNoDeadline) job->look_at_ns = MonotonicNs() + kLookAgainNs;
  UpdateDeadline(job);
}

void JobController::MainEnded(const JobPtr& job) {
  const int64_t now_ns = MonotonicNs();
  MainExit end = DescribeExit(job->process);
  end.set_exited_unix_ns(UnixNs());
  end.set_run_time_ns(static_cast<uint64_t>(std::max<int64_t>(0, now_ns - job->started_ns)));
  job->kill.SetCause(BY_ITSELF);
  end.set_cause(job->kill.cause());
  job->main_exit = std::move(end);
  job->life.MainEnded();
  job->look_at_ns = now_ns + kLookAgainNs;
  if (FinishIfEmpty(job)) return;
  job->kill_rest_at_ns = now_ns + kConsoleNs;
  outbox_->Add(job);
  UpdateDeadline(job);
}

bool JobController::FinishIfEmpty(const JobPtr& job) {
  if (job->tree == nullptr || job->life.main_alive()) return false;
  const absl::StatusOr<uint32_t> active = job->tree->ActiveProcesses();
  if (!active.ok() || *active != 0) return false;
  job->kill.TreeEmptied(MonotonicNs());
  job->look_at_ns = job->kill_rest_at_ns = kNoDeadline;
  job->cpu = job->tree->Cpu();
  job->tree = nullptr;
  hooks_.release(std::exchange(job->resources, {}));
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
  spooler_->Finish(stream, [this, job, standard_error](const StreamResult& result) {
    StreamFinished(job, standard_error, result);
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

}  // namespace proctor::jobhost
