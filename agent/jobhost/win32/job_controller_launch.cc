// The first half of a job's life: in the hands of a launcher, then running.

#include <utility>
#include <vector>

#include "agent/jobhost/host_clock.h"
#include "agent/jobhost/win32/job_controller.h"
#include "common/log.h"

namespace proctor::jobhost {

std::unique_ptr<LaunchOrder> JobController::BeginLaunch(const JobPtr& job) {
  MutexLock lock(&mutex_);
  if (!job->life.BeginLaunch()) return nullptr;
  job->launch_began_ns = MonotonicNs();
  in_flight_.emplace(job, job->launch_began_ns);
  return std::move(job->order);
}

bool JobController::ConfirmLaunch(const JobPtr& job) {
  MutexLock lock(&mutex_);
  if (!job->life.launching() || job->kill.requested()) return false;
  // It runs from now on: too late to be given up.
  in_flight_.erase(job);
  return true;
}

void JobController::EndLaunch(const JobPtr& job, LaunchOutcome outcome) {
  MutexLock lock(&mutex_);
  in_flight_.erase(job);
  // Given up meanwhile: the end of `outcome` is the end of whatever is in it.
  if (!job->life.launching()) return;
  job->steps = std::move(outcome.steps);
  if (outcome.failure.has_value()) {
    job->failure = std::move(outcome.failure);
    job->life.FailLaunch();
    Ended(job);
  } else if (!outcome.process.valid()) {
    End(job);
  } else {
    Register(job, std::move(outcome));
  }
}

void JobController::Register(const JobPtr& job, LaunchOutcome outcome) {
  job->life.Started();
  job->pid = outcome.pid;
  job->process = std::move(outcome.process);
  job->start_time_ticks = outcome.start_time_ticks;
  job->started_ns = outcome.started_ns;
  job->started_unix_ns = outcome.started_unix_ns;
  job->tree = std::move(outcome.tree);
  job->resources = std::move(outcome.resources);
  job->out = std::move(outcome.out);
  job->err = std::move(outcome.err);
  job->kill.Started(job->started_ns, job->terms.timeout_ns);
  // What happened up to now was told before anybody knew the key.
  by_key_.emplace(job->key, job);
  absl::StatusOr<std::unique_ptr<ExitWatch>> watch =
      ExitWatch::Start(job->process, *port_, job->key, 0);
  if (watch.ok()) {
    job->exit_watch = *std::move(watch);
  } else {
    LogError("the end of ", job->id, " is found by looking: ", watch.status().ToString());
    job->look_at_ns = MonotonicNs();
  }
  outbox_->Add(job);
  AttachStreams(job);
  UpdateDeadline(job);
}

void JobController::AttachStreams(const JobPtr& job) {
  const auto attach = [this, &job](const std::shared_ptr<SpoolStream>& stream,
                                   absl::optional<uint64_t> follow) {
    if (stream == nullptr) return;
    if (job->terms.follow_output && !follow.has_value()) follow = 0;
    // Nobody reads it yet, so this neither waits nor has a byte to tell.
    if (follow.has_value()) stream->Follow(*follow);
    spooler_->Add(stream);
  };
  attach(job->out, job->follow_out);
  attach(job->err, job->follow_err);
}

JobController::InFlight JobController::CheckLaunches(int64_t deadline_ns, int64_t stuck_ns) {
  MutexLock lock(&mutex_);
  const int64_t now_ns = MonotonicNs();
  InFlight result;
  std::vector<JobPtr> late;
  for (const auto& [job, began_ns] : in_flight_) {
    ++result.count;
    if (now_ns - began_ns >= stuck_ns) ++result.stuck;
    if (now_ns - began_ns >= deadline_ns && job->life.launching()) {
      late.push_back(job);
    }
  }
  for (const JobPtr& job : late) {
    LaunchFailure& failure = job->failure.emplace();
    failure.set_step(LAUNCH_DEADLINE);
    failure.set_error(ERROR_TIMEOUT);
    failure.set_detail("the launch took too long; its process does not run");
    job->life.FailLaunch();
    Ended(job);
  }
  return result;
}

}  // namespace proctor::jobhost
