#include "agent/jobhost/job_controller.h"

#include <errno.h>
#include <signal.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/jobhost/host_clock.h"
#include "agent/jobhost/job_killer.h"
#include "agent/jobhost/job_report.h"
#include "common/erase_secret.h"
#include "common/os_error.h"

namespace proctor::jobhost {
void JobController::Connect(Outbox* outbox, Spooler* spooler) {
  outbox_ = outbox;
  spooler_ = spooler;
}

JobController::JobPtr JobController::Find(const std::string& job_id) {
  const auto found = jobs_.find(job_id);
  return found == jobs_.end() ? nullptr : found->second;
}

bool JobController::Knows(const std::string& job_id) {
  MutexLock lock(&mutex_);
  return jobs_.count(job_id) != 0;
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
  return BuildReport(job, containment_);
}

void JobController::ReportAll() {
  MutexLock lock(&mutex_);
  for (const auto& [id, job] : jobs_) outbox_->Add(job);
}

void JobController::AcceptLaunch(Launch launch, UniqueFd stdin_fd) {
  MutexLock lock(&mutex_);
  const JobPtr known = Find(launch.job_id());
  if (known != nullptr) {
    outbox_->Add(known);
    return;
  }
  const JobPtr job = std::make_shared<Job>();
  job->id = launch.job_id();
  job->launch = std::move(launch);
  job->stdin_fd = std::move(stdin_fd);
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
  RequestKill(job.get(), kill, MonotonicNs());
  if (job->life.queued()) {
    End(job);
  } else {
    UpdateDeadline(job);
  }
}

SignalReply JobController::DeliverSignal(const Signal& request) {
  MutexLock lock(&mutex_);
  SignalReply reply;
  reply.set_request(request.request());
  const JobPtr job = Find(request.job_id());
  const absl::Status delivered =
      job == nullptr ? OsErrorStatus("kill", ESRCH)
                     : jobhost::DeliverSignal(job.get(), request.signal(), request.target());
  const absl::optional<OsError> error = GetOsError(delivered);
  if (error.has_value()) {
    reply.set_error(error->code);
    reply.set_call(error->call);
  } else if (!delivered.ok()) {
    reply.set_error(EIO);
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
  job->stdin_fd.reset();
  EraseSecret(job->launch.mutable_credential_cache());
  job->launch.Clear();
  job->kill.Ended();
  --unfinished_;
  UpdateDeadline(job);
  outbox_->Add(job);
}

void JobController::UpdateDeadline(const JobPtr& job) {
  deadlines_.Set(job, job->kill.NextDeadline());
  const int64_t next_ns = deadlines_.Next();
  if (next_ns == timer_ns_) return;
  timer_ns_ = next_ns;
  hooks_.set_timer(next_ns);
}

void JobController::AddSlot(LaunchSlot* slot) {
  MutexLock lock(&mutex_);
  slots_.push_back(slot);
}

bool JobController::BeginLaunch(const JobPtr& job, LaunchSlot* slot) {
  MutexLock lock(&mutex_);
  if (!job->life.BeginLaunch()) return false;
  slot->job = job;
  slot->started_ns = MonotonicNs();
  slot->deadline_passed = slot->killed = slot->reaped = false;
  return true;
}

void JobController::EndLaunch(LaunchSlot* slot, LaunchOutcome outcome) {
  MutexLock lock(&mutex_);
  const JobPtr job = std::move(slot->job);
  slot->job = nullptr;
  job->steps = std::move(outcome.steps);
  job->stdin_fd.reset();
  EraseSecret(job->launch.mutable_credential_cache());
  if (slot->killed && !outcome.failure.has_value() && !outcome.died_in.has_value()) {
    // We killed it as it got to its exec: it is dead or dying, and no job.
    outcome.died_in = EXECUTE;
  }
  if (outcome.failure.has_value() || outcome.died_in.has_value()) {
    LaunchFailed(job, slot, std::move(outcome));
  } else {
    RegisterLaunched(job, slot, std::move(outcome));
  }
  __atomic_store_n(&slot->child, 0, __ATOMIC_RELAXED);
}

void JobController::LaunchFailed(const JobPtr& job, LaunchSlot* slot, LaunchOutcome outcome) {
  // The child, if there was one, is no job's process: the reaper takes it for an orphan.
  if (outcome.died_in.has_value()) {
    outcome.failure.emplace();
    outcome.failure->set_step(*outcome.died_in);
    outcome.failure->set_detail("the process was killed before it could call exec");
  }
  if (slot->deadline_passed) {
    const Step hung_in = outcome.failure->step();
    outcome.failure->Clear();
    outcome.failure->set_step(LAUNCH_DEADLINE);
    outcome.failure->set_error(ETIMEDOUT);
    outcome.failure->set_detail(
        absl::StrCat("the launch took too long and was ended in step ", Step_Name(hung_in)));
  }
  if (slot->killed && !slot->deadline_passed) {
    End(job);
    return;
  }
  job->failure = std::move(outcome.failure);
  job->life.FailLaunch();
  Ended(job);
}

void JobController::RegisterLaunched(const JobPtr& job, LaunchSlot* slot, LaunchOutcome outcome) {
  job->life.Started();
  job->pid = outcome.pid;
  job->start_time_ticks = outcome.start_time_ticks;
  job->started_ns = outcome.started_ns;
  job->started_unix_ns = outcome.started_unix_ns;
  job->started_cpu_ns = outcome.started_cpu_ns;
  job->tree = std::move(outcome.tree);
  job->credentials = std::move(outcome.credentials);
  job->pam_session = std::move(outcome.pam_session);
  job->out = std::move(outcome.out);
  job->err = std::move(outcome.err);
  job->launch.clear_argv();
  job->launch.clear_environment();
  // A kill that waits is the supervisor's, who knows which process ids are still ours.
  job->kill.Started(job->started_ns, job->launch.timeout_ns());
  outbox_->Add(job);
  if (slot->reaped) {
    MainEnded(job, slot->wait_status, slot->usage);
    AttachStreams(job);
    return;
  }
  AttachStreams(job);
  by_pid_.emplace(job->pid, job);
  job->pidfd = std::move(outcome.pidfd);
  hooks_.watch_main(job->pidfd.get(), job->pid);
  UpdateDeadline(job);
}

void JobController::AttachStreams(const JobPtr& job) {
  const auto attach = [this, &job](const std::shared_ptr<SpoolStream>& stream,
                                   absl::optional<uint64_t> follow) {
    if (stream == nullptr) return;
    if (job->launch.follow_output() && !follow.has_value()) follow = 0;
    // Nobody pumps it yet, so this neither waits nor has a byte to tell.
    if (follow.has_value()) stream->Follow(*follow);
    const absl::Status added = spooler_->Add(stream);
    // Better a broken pipe than a job that stands still because nobody reads.
    if (!added.ok()) stream->Abandon();
  };
  attach(job->out, job->follow_out);
  attach(job->err, job->follow_err);
}

void JobController::DriveDeadlines() {
  MutexLock lock(&mutex_);
  const int64_t now_ns = MonotonicNs();
  timer_ns_ = kNoDeadline;
  for (const JobPtr& job : deadlines_.TakeDue(now_ns)) {
    if (DriveKill(job.get(), now_ns)) outbox_->Add(job);
    if (!FinishIfEmpty(job)) UpdateDeadline(job);
  }
  if (timer_ns_ == kNoDeadline && deadlines_.Next() != kNoDeadline) {
    timer_ns_ = deadlines_.Next();
    hooks_.set_timer(timer_ns_);
  }
}

JobController::InFlight JobController::CheckLaunches(int64_t deadline_ns, int64_t stuck_ns) {
  MutexLock lock(&mutex_);
  const int64_t now_ns = MonotonicNs();
  InFlight result;
  for (LaunchSlot* const slot : slots_) {
    if (slot->job == nullptr) continue;
    ++result.count;
    if (now_ns - slot->started_ns >= stuck_ns) ++result.stuck;
    const bool late = now_ns - slot->started_ns >= deadline_ns;
    const bool unwanted = slot->job->kill.GraceIsOver(now_ns) && !slot->killed;
    const pid_t child = __atomic_load_n(&slot->child, __ATOMIC_RELAXED);
    // Not reaped, so the id is still the child's: reaping happens under this lock.
    if ((!late && !unwanted) || child == 0 || slot->reaped) continue;
    slot->killed = true;
    slot->deadline_passed = slot->deadline_passed || late;
    ::kill(child, SIGKILL);
  }
  return result;
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
    kill.signal = job->launch.kill_signal();
    kill.grace_ns = std::min(grace_ns, job->launch.grace_ns());
    RequestKill(job.get(), kill, now_ns);
    if (job->life.queued()) {
      End(job);
    } else {
      UpdateDeadline(job);
    }
  }
}

}  // namespace proctor::jobhost
