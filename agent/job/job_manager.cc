#include "agent/job/job_manager.h"

#include <algorithm>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "agent/job/exit_record.h"
#include "agent/job/launch_report.h"
#include "common/failure_detail.h"
#include "common/proto_time.h"
#include "common/signal_number.h"

namespace proctor {
namespace {

// How long a final record waits before it is offered to a full journal again. The host keeps it.
constexpr absl::Duration kJournalRetry = absl::Seconds(1);
// Records that expire in one hold of the lock.
constexpr size_t kExpiryBatch = 64;

v1::ProcessId MainProcess(const jobhost::JobReport& report) {
  v1::ProcessId process;
  process.set_pid(report.pid());
  process.set_start_time_ticks(report.start_time_ticks());
  return process;
}

static_assert(static_cast<int>(jobhost::CGROUP_V2) == v1::CGROUP_V2);
static_assert(static_cast<int>(jobhost::SESSION_AND_SUBREAPER) == v1::SESSION_AND_SUBREAPER);
static_assert(static_cast<int>(jobhost::JOB_OBJECT) == v1::JOB_OBJECT);

bool IsFinalPhase(jobhost::Phase phase) {
  return phase == jobhost::FINAL || phase == jobhost::LAUNCH_FAILED;
}

}  // namespace

JobManager::JobManager(Options options, std::unique_ptr<const JobAccess> access, const Clock* clock,
                       Journal* journal, SpoolReader* spool, AuditLog audit)
    : options_(std::move(options)),
      access_(std::move(access)),
      clock_(clock),
      journal_(journal),
      spool_(spool),
      audit_(std::move(audit)),
      quota_(options_.limits),
      events_(options_.event_ring_size),
      timers_(clock) {}

// What the journal still has to say would be said to this object.
JobManager::~JobManager() {
  timers_.Stop();  // They ask the journal for more.
  journal_->Flush();
}

void JobManager::SetHost(JobHost* host) {
  MutexLock lock(&mutex_);
  host_ = host == nullptr ? &absent_host_ : host;
}

void JobManager::Drain() {
  MutexLock lock(&mutex_);
  draining_ = true;
}

bool JobManager::draining() const {
  MutexLock lock(&mutex_);
  return draining_;
}

void JobManager::EndCalls() {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  ending_calls_ = true;
  for (const auto& [sequence, entry] : jobs_.active()) {
    NotifyObservers(*entry, &calls);
    // Who cannot repeat a launch gets its answer, if it comes before the server ends the call.
    if (entry->request_id.empty()) continue;
    AnswerLaunch(entry.get(),
                 absl::UnavailableError("the agent is stopping; the launch goes on: repeat it with "
                                        "the same request id"),
                 &calls);
  }
  FailSignals("the agent is stopping; whether the signal was sent is not known", &calls);
  for (const auto& [pointer, watcher] : watchers_) calls.Notify(watcher);
}

void JobManager::PolicyChanged() {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  for (const auto& [sequence, entry] : jobs_.active()) NotifyObservers(*entry, &calls);
}

bool JobManager::ending_calls() const {
  MutexLock lock(&mutex_);
  return ending_calls_;
}

std::shared_ptr<const JobHostInfo> JobManager::host_info() const {
  MutexLock lock(&mutex_);
  return host_->info();
}

void JobManager::OnJobReport(const jobhost::JobReport& report) {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  ApplyReport(report, &calls);
}

void JobManager::ApplyReport(const jobhost::JobReport& report, DeferredCalls* calls) {
  const EntryPtr entry = jobs_.Find(report.job_id());
  if (entry == nullptr) return ReportForUnknownJob(report);
  if (entry->active == nullptr) {
    // Said again because our acknowledgement was lost with an earlier connection.
    if (IsFinalPhase(report.phase()) && entry->final_journalled) host_->Acknowledge(entry->id);
    return;
  }
  ActiveJob& active = *entry->active;
  if (report.kill_unconfirmed()) active.kill_unconfirmed = report.processes_left();
  if (report.pid() != 0 && entry->state == v1::CREATED) Started(entry.get(), report, calls);
  if (report.has_main_exit() && !active.job.has_exit()) {
    *active.job.mutable_exit() = BuildExitRecord(active.job, report);
    active.job.mutable_exit()->set_final(false);
    Move(entry.get(), JobEvent::kMainExited);
    Emit(*entry, v1::WatchJobsResponse::JOB_MAIN_EXITED, calls);
  }
  if (!IsFinalPhase(report.phase())) return NotifyObservers(*entry, calls);
  *active.job.mutable_exit() = BuildExitRecord(active.job, report);
  absl::Status failure = absl::AbortedError("the job was killed before its program ran");
  if (report.phase() == jobhost::LAUNCH_FAILED) {
    failure = LaunchFailureStatus(active.walked_stages, report);
    *active.job.mutable_exit()->mutable_launch_error() = *GetFailureDetail(failure);
    active.job.mutable_exit()->mutable_launch_error()->clear_stages();
    // Nothing ran, so the request may be made again.
    jobs_.ReleaseRequest(entry);
    entry->request_id.clear();
  }
  Move(entry.get(), report.phase() == jobhost::FINAL ? JobEvent::kFinal : JobEvent::kLaunchFailed);
  Finish(entry, failure, calls);
}

// Not in the journal, so nobody can ask for it: an acknowledgement that was lost, or a process that
// nobody answers for and that must not stay.
void JobManager::ReportForUnknownJob(const jobhost::JobReport& report) {
  if (IsFinalPhase(report.phase())) {
    host_->Acknowledge(report.job_id());
  } else {
    host_->Kill(report.job_id(), kSignalKill, absl::ZeroDuration());
  }
}

bool JobManager::Move(JobEntry* entry, JobEvent event) {
  const absl::optional<v1::JobState> next = NextState(entry->state, event);
  if (!next.has_value()) return false;
  entry->state = *next;
  entry->active->job.set_state(*next);
  return true;
}

void JobManager::Started(JobEntry* entry, const jobhost::JobReport& report, DeferredCalls* calls) {
  Move(entry, JobEvent::kStarted);
  calls->Release(std::move(entry->active->profile));
  v1::Job& job = entry->active->job;
  *job.mutable_main_process() = MainProcess(report);
  job.set_containment(static_cast<v1::Containment>(report.containment()));
  // Somebody may have stepped the clock meanwhile.
  SetTimestampProto(
      std::max(absl::FromUnixNanos(report.started_unix_ns()), FromTimestampProto(job.created())),
      job.mutable_started());
  auto response = std::make_shared<v1::LaunchResponse>();
  response->set_job_id(entry->id);
  *response->mutable_main_process() = job.main_process();
  *response->mutable_started() = job.started();
  response->set_containment(job.containment());
  *response->mutable_user() = job.user();
  *response->mutable_network_credentials() = job.network_credentials();
  if (!entry->active->walked_stages.empty()) {
    std::vector<v1::StageReport> stages =
        CompleteStages(std::move(entry->active->walked_stages), report);
    entry->active->walked_stages.clear();
    response->mutable_stages()->Reserve(static_cast<int>(stages.size()));
    for (v1::StageReport& stage : stages) *response->add_stages() = std::move(stage);
  }
  entry->active->launched = std::move(response);
  Emit(*entry, v1::WatchJobsResponse::JOB_STARTED, calls);
  AnswerLaunch(entry, entry->active->launched, calls);
}

// The record is final: answer everybody, give back what was reserved, journal, let the record age.
void JobManager::Finish(const EntryPtr& entry, const absl::Status& launch_failure,
                        DeferredCalls* calls) {
  AnswerLaunch(entry.get(), launch_failure, calls);
  ActiveJob& active = *entry->active;
  if (active.caller_gone_timer != 0) timers_.Cancel(active.caller_gone_timer);
  const v1::ExitRecord& exit = active.job.exit();
  const uint64_t kept = exit.standard_output().bytes_kept() + exit.standard_error().bytes_kept();
  const absl::Duration retention = active.parameters.retention;
  const absl::Time expires = LastTime(exit, clock_->Now()) + retention;
  entry->expires_unix_ns = absl::ToUnixNanos(expires);
  SetTimestampProto(expires, active.job.mutable_expires());
  Emit(*entry, v1::WatchJobsResponse::JOB_FINISHED, calls);
  std::string job = active.job.SerializeAsString();
  entry->security = securities_.Share(std::move(entry->security));
  entry->owner = entry->security->owner();
  entry->packed = PackJob(std::move(active.job));
  calls->Release(std::move(active.profile));
  entry->active.reset();
  const RecordCharge before = entry->charge;
  entry->charge = {entry->ChargedBytes(), kept};
  quota_.Finish(entry->owner->key(), before, entry->charge);
  jobs_.End(*entry);
  JournalFinal(entry, std::move(job));
  ScheduleExpiry(entry, retention);
  NotifyObservers(*entry, calls);
}

void JobManager::Lose(const EntryPtr& entry, DeferredCalls* calls) {
  if (!Move(entry.get(), JobEvent::kHostLost)) return;
  v1::Job& job = entry->active->job;
  // Where the main process had already ended, what it returned stays true.
  if (!job.has_exit()) {
    job.mutable_exit()->set_reason(v1::JOB_LOST);
    *job.mutable_exit()->mutable_created() = job.created();
    if (job.has_started()) *job.mutable_exit()->mutable_started() = job.started();
  }
  job.mutable_exit()->set_final(true);
  SetTimestampProto(LastTime(job.exit(), clock_->Now()), job.mutable_exit()->mutable_finished());
  Finish(entry, absl::UnavailableError("the job host died during the launch; the job is LOST"),
         calls);
}

void JobManager::JournalFinal(const EntryPtr& entry, std::string job) {
  JournalEntry saved = RecordOf(*entry);
  saved.job = std::move(job);
  journal_->Put(std::move(saved),
                [this, entry](const absl::Status& status) { OnFinalJournalled(entry, status); });
}

JournalEntry JobManager::RecordOf(const JobEntry& entry) const {
  JournalEntry saved;
  saved.job_id = entry.id;
  saved.owner = entry.owner->key();
  saved.request_id = entry.request_id;
  saved.secret_digest = entry.secret_digest;
  saved.strings = entry.strings;
  saved.grants = entry.security->grants().SerializeAsString();
  if (entry.active == nullptr) {
    saved.final = true;
    saved.expires_unix_ns = entry.expires_unix_ns;
  } else {
    saved.host_life = entry.active->host_life;
    saved.boot_id = entry.active->boot_id;
  }
  return saved;
}

void JobManager::OnFinalJournalled(const EntryPtr& entry, const absl::Status& status) {
  MutexLock lock(&mutex_);
  if (!status.ok()) {
    // A full journal: the host goes on holding the record.
    timers_.Schedule(kJournalRetry, [this, entry] { RetryFinal(entry); });
    return;
  }
  entry->final_journalled = true;
  host_->Acknowledge(entry->id);
}

void JobManager::RetryFinal(const EntryPtr& entry) {
  MutexLock lock(&mutex_);
  if (entry->deleting) {
    // What is written now would stay behind the deletion.
    timers_.Schedule(kJournalRetry, [this, entry] { RetryFinal(entry); });
  } else if (!entry->deleted) {
    JournalFinal(entry, entry->Snapshot().Small().SerializeAsString());
  } else {
    host_->Acknowledge(entry->id);
  }
}

void JobManager::ScheduleExpiry(const EntryPtr& entry, absl::Duration retention) {
  expiries_.Remove(entry->expiry_due, entry->sequence);
  entry->expiry_due = clock_->Monotonic() + retention;
  expiries_.Add(entry->expiry_due, entry->sequence);
  ArmExpiry();
}

// One timer, for the record that is due first.
void JobManager::ArmExpiry() {
  const absl::optional<absl::Duration> next = expiries_.next();
  if (!next.has_value() || expiring_ || *next >= expiry_timer_due_) return;
  timers_.Cancel(expiry_timer_);
  expiry_timer_due_ = *next;
  expiry_timer_ = timers_.Schedule(*next - clock_->Monotonic(), [this] { ExpireSome(); });
}

// Records that expire together go a few at a time, and the next few once the journal has done with
// these: nobody's launch waits behind all of them.
void JobManager::ExpireSome() {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  expiry_timer_due_ = absl::InfiniteDuration();
  for (size_t taken = 0; taken < kExpiryBatch; ++taken) {
    const absl::optional<uint64_t> due = expiries_.TakeDue(clock_->Monotonic());
    if (!due.has_value()) break;
    const auto found = jobs_.all().find(*due);
    if (found == jobs_.all().end()) continue;
    const EntryPtr entry = found->second;
    if (entry->observers != nullptr && !entry->observers->empty()) {
      entry->delete_when_unobserved = true;  // Somebody is still being told about it.
    } else {
      Remove(entry, &calls);
    }
  }
  const absl::optional<absl::Duration> next = expiries_.next();
  expiring_ = next.has_value() && *next <= clock_->Monotonic();
  if (!expiring_) return ArmExpiry();
  journal_->AfterQueued([this] {
    MutexLock journal_lock(&mutex_);
    expiring_ = false;
    ArmExpiry();
  });
}

void JobManager::Remove(const EntryPtr& entry, DeferredCalls* calls) {
  journal_->Delete(entry->id, nullptr);
  Forget(entry, calls);
}

void JobManager::Forget(const EntryPtr& entry, DeferredCalls* calls) {
  entry->deleted = true;
  expiries_.Remove(entry->expiry_due, entry->sequence);
  jobs_.Remove(entry);
  quota_.Release(entry->owner->key(), entry->charge);
  // A lost job's files are of unknown size.
  if (entry->charge.spool_bytes > 0 || entry->state == v1::LOST) {
    calls->Add([spool = spool_, id = entry->id] { spool->Remove(id).IgnoreError(); });
  }
  Emit(*entry, v1::WatchJobsResponse::JOB_DELETED, calls);
}

void JobManager::NotifyObservers(const JobEntry& entry, DeferredCalls* calls) {
  if (entry.observers == nullptr) return;
  for (const auto& [pointer, observer] : *entry.observers) calls->Notify(observer);
}

void JobManager::Emit(const JobEntry& entry, v1::WatchJobsResponse::Kind kind,
                      DeferredCalls* calls) {
  auto event = std::make_shared<EventRing::Event>();
  event->kind = kind;
  event->time = clock_->Now();
  event->job_id = entry.id;
  event->state = entry.state;
  event->owner = entry.owner;
  event->security = entry.security;
  event->labels = entry.labels;
  if (entry.active != nullptr) {
    const ActiveJob& active = *entry.active;
    if (active.job.has_exit()) {
      event->exit = std::make_shared<const v1::ExitRecord>(active.job.exit());
    }
    if (kind == v1::WatchJobsResponse::JOB_STARTED || kind == v1::WatchJobsResponse::JOB_FINISHED) {
      JobAudit audit{
          entry.id,       entry.owner, entry.security->user(), active.job.main_process().pid(),
          active.program, event->exit, active.recovered};
      calls->Add([this, audit = std::move(audit)] { audit_(audit); });
    }
  }
  events_.Append(std::move(event));
  for (const auto& [pointer, watcher] : watchers_) calls->Notify(watcher);
}

void JobManager::SendKill(JobEntry* entry, int signal, absl::Duration grace) {
  ActiveJob& active = *entry->active;
  if (active.order != nullptr) {
    active.early_kill = {signal, grace};
    return;
  }
  active.kill_unconfirmed.reset();
  host_->Kill(entry->id, signal, grace);
}

void JobManager::ArmCallerGone(const EntryPtr& entry, absl::Duration after) {
  entry->active->caller_gone_timer =
      timers_.Schedule(after, [this, weak = std::weak_ptr<JobEntry>(entry)] { CallerGone(weak); });
}

void JobManager::CallerGone(const std::weak_ptr<JobEntry>& weak) {
  const EntryPtr entry = weak.lock();
  if (entry == nullptr) return;
  MutexLock lock(&mutex_);
  // While the agent ends, its callers are cut off by it: the next agent gives them time to come
  // back.
  if (entry->active == nullptr || entry->active->attached_callers > 0 || ending_calls_) return;
  SendKill(entry.get(), entry->active->parameters.kill_signal,
           entry->active->parameters.grace_period);
}

void JobManager::OnOutputProgress(const jobhost::OutputProgress& progress) {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  const EntryPtr entry = jobs_.Find(progress.job_id());
  if (entry == nullptr || entry->active == nullptr) return;
  const int stream = progress.standard_error() ? 1 : 0;
  ActiveJob& active = *entry->active;
  active.kept[stream] = std::max(active.kept[stream], progress.bytes_kept());
  active.follow_armed[stream] = false;
  NotifyObservers(*entry, &calls);
}

void JobManager::FailSignals(const char* why, DeferredCalls* calls) {
  for (auto& [request, done] : signals_) {
    calls->Add([done = std::move(done), why] { done(absl::UnavailableError(why)); });
  }
  signals_.clear();
}

void JobManager::OnHostLost(const std::string& life) {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  FailSignals("the job host died", &calls);
  std::vector<EntryPtr> lost;
  for (const auto& [sequence, entry] : jobs_.active()) {
    if (entry->active->order == nullptr && entry->active->host_life == life) lost.push_back(entry);
  }
  for (const EntryPtr& entry : lost) Lose(entry, &calls);
}

}  // namespace proctor
