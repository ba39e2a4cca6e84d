#include "agent/jobhost/win32/job_controller.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "agent/jobhost/host_clock.h"
#include "agent/jobhost/win32/job_report.h"
#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

JobTerms TermsOf(const Launch& launch) {
  JobTerms terms;
  terms.timeout_ns = launch.timeout_ns();
  terms.kill_signal = launch.kill_signal();
  terms.grace_ns = launch.grace_ns();
  terms.keep_tree = launch.keep_tree();
  terms.follow_output = launch.follow_output();
  return terms;
}

}  // namespace

void JobController::Connect(Outbox* outbox, Spooler* spooler) {
  outbox_ = outbox;
  spooler_ = spooler;
}

JobController::JobPtr JobController::Find(const std::string& job_id) {
  const auto found = jobs_.find(job_id);
  return found == jobs_.end() ? nullptr : found->second;
}

size_t JobController::job_count() {
  MutexLock lock(&mutex_);
  return jobs_.size();
}

size_t JobController::unfinished_count() {
  MutexLock lock(&mutex_);
  return unfinished_;
}

JobReport JobController::Report(const Job& job) {
  MutexLock lock(&mutex_);
  return BuildReport(job);
}

void JobController::ReportAll() {
  MutexLock lock(&mutex_);
  for (const auto& [id, job] : jobs_) outbox_->Add(job);
}

void JobController::AcceptLaunch(std::unique_ptr<LaunchOrder> order) {
  MutexLock lock(&mutex_);
  const JobPtr known = Find(order->launch.job_id());
  if (known != nullptr) {
    outbox_->Add(known);
    return;
  }
  const JobPtr job = std::make_shared<Job>();
  job->id = order->launch.job_id();
  job->user_sid = order->launch.windows().user_sid();
  job->key = ++last_key_;
  job->terms = TermsOf(order->launch);
  job->order = std::move(order);
  job->accepted_ns = MonotonicNs();
  jobs_.emplace(job->id, job);
  ++unfinished_;
  if (stopping_) {
    job->kill.SetCause(HOST_STOPPING);
    End(job);
    return;
  }
  hooks_.enqueue_launch(job);
}

void JobController::Kill(const jobhost::Kill& request) {
  MutexLock lock(&mutex_);
  const JobPtr job = Find(request.job_id());
  if (job == nullptr || job->life.ended()) return;
  KillRequest kill;
  kill.cause = KILL_REQUESTED;
  kill.signal = request.signal();
  kill.grace_ns = request.grace_ns();
  killer_.Request(job.get(), kill, MonotonicNs());
  if (job->life.queued()) {
    End(job);
  } else if (!FinishIfEmpty(job)) {
    UpdateDeadline(job);
  }
}

SignalReply JobController::DeliverSignal(const Signal& request) {
  MutexLock lock(&mutex_);
  SignalReply reply;
  reply.set_request(request.request());
  const JobPtr job = Find(request.job_id());
  const absl::Status delivered =
      job == nullptr ? OsErrorStatus("TerminateProcess", ERROR_NOT_FOUND)
                     : killer_.Deliver(job.get(), request.signal(), request.target());
  const absl::optional<OsError> error = GetOsError(delivered);
  if (error.has_value()) {
    reply.set_error(error->code);
    reply.set_call(error->call);
  }
  return reply;
}

void JobController::Acknowledge(const jobhost::Acknowledge& request) {
  MutexLock lock(&mutex_);
  for (const std::string& id : request.job_ids()) {
    const auto found = jobs_.find(id);
    if (found != jobs_.end() && found->second->life.ended()) jobs_.erase(found);
  }
}

void JobController::Follow(const FollowOutput& request) {
  std::shared_ptr<SpoolStream> stream;
  {
    MutexLock lock(&mutex_);
    const JobPtr job = Find(request.job_id());
    if (job == nullptr || job->life.ended()) return;
    stream = request.standard_error() ? job->err : job->out;
    if (stream == nullptr) {
      // Its launcher has it still: asks for the stream when it brings it.
      (request.standard_error() ? job->follow_err : job->follow_out) = request.offset();
      return;
    }
  }
  const absl::optional<OutputProgress> progress = stream->Follow(request.offset());
  if (!progress.has_value()) return;
  ToAgent message;
  *message.mutable_output_progress() = *progress;
  outbox_->Add(std::move(message));
}

void JobController::End(const JobPtr& job) {
  job->life.End();
  Ended(job);
}

void JobController::Ended(const JobPtr& job) {
  job->finished_unix_ns = UnixNs();
  job->order = nullptr;
  job->exit_watch = nullptr;
  job->process.reset();
  by_key_.erase(job->key);
  job->kill.Ended();
  --unfinished_;
  UpdateDeadline(job);
  outbox_->Add(job);
}

void JobController::UpdateDeadline(const JobPtr& job) {
  deadlines_.Set(job, JobKiller::NextDeadline(*job));
  const int64_t next_ns = deadlines_.Next();
  if (next_ns == timer_ns_) return;
  timer_ns_ = next_ns;
  hooks_.set_timer(next_ns);
}

void JobController::DriveDeadlines() {
  MutexLock lock(&mutex_);
  const int64_t now_ns = MonotonicNs();
  for (const JobPtr& job : deadlines_.TakeDue(now_ns)) {
    if (killer_.Drive(job.get(), now_ns)) outbox_->Add(job);
    LookAt(job);
  }
  timer_ns_ = deadlines_.Next();
  hooks_.set_timer(timer_ns_);
}

void JobController::StopAll(uint64_t grace_ns) {
  MutexLock lock(&mutex_);
  stopping_ = true;
  const int64_t now_ns = MonotonicNs();
  std::vector<JobPtr> jobs;
  for (const auto& [id, job] : jobs_) jobs.push_back(job);
  for (const JobPtr& job : jobs) {
    if (job->life.ended()) continue;
    KillRequest kill;
    kill.cause = HOST_STOPPING;
    kill.signal = job->terms.kill_signal;
    kill.grace_ns = std::min(grace_ns, job->terms.grace_ns);
    killer_.Request(job.get(), kill, now_ns);
    if (job->life.queued()) {
      End(job);
    } else {
      UpdateDeadline(job);
    }
  }
}

}  // namespace proctor::jobhost
