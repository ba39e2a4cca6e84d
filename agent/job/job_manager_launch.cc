// JobManager: from a launch order to a running job, and the subscriptions on it.

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/job/job_manager.h"
#include "common/failure_detail.h"
#include "common/proto_time.h"

namespace proctor {
namespace {

v1::OnCallerGone CallerGoneOf(const LaunchParameters& parameters) {
  v1::OnCallerGone gone;
  gone.set_action(parameters.on_caller_gone);
  SetDurationProto(parameters.caller_gone_after, gone.mutable_after());
  return gone;
}

v1::Job NewJob(const LaunchOrder& order, v1::LaunchSpec public_spec, absl::Time now) {
  v1::Job job;
  job.set_job_id(order.job_id);
  job.set_state(v1::CREATED);
  *job.mutable_owner() = order.security->owner()->proto();
  *job.mutable_user() = order.security->user()->proto();
  *job.mutable_spec() = std::move(public_spec);
  *job.mutable_network_credentials() = order.token.environment().network_credentials;
  SetTimestampProto(now, job.mutable_created());
  *job.mutable_on_caller_gone() = CallerGoneOf(order.parameters);
  return job;
}

}  // namespace

std::shared_ptr<JobSubscription> JobManager::Launch(LaunchOrder order, LaunchKind kind,
                                                    std::shared_ptr<JobObserver> observer,
                                                    LaunchDone done) {
  order.parameters = ResolveLaunch(order.spec, kind, options_.defaults);
  // Outside the lock: this goes over what may be megabytes, and so does what the host is to be
  // sent, and the comparison with the launch that this one repeats. Until that has been made, that
  // one may be gone, and another one in its place.
  NewRecord record = MakeRecord(order);
  absl::optional<absl::StatusOr<JobHost::SendLaunch>> send;
  EntryPtr compared;
  bool same = false;
  while (true) {
    JobSnapshot existing;
    JobHost* host = nullptr;
    {
      DeferredCalls calls;
      MutexLock lock(&mutex_);
      const EntryPtr found = FindRepeated(order);
      if (found == nullptr && send.has_value()) {
        return StartLaunch(std::move(order), std::move(record), *std::move(send),
                           std::move(observer), std::move(done), &calls);
      }
      if (found != nullptr && found == compared) {
        return AnswerRepeatedLaunch(found, same, std::move(observer), std::move(done), &calls);
      }
      compared = found;
      if (found != nullptr) existing = found->Snapshot();
      host = host_;
    }
    if (compared == nullptr) {
      send = host->PrepareLaunch(order);
      continue;
    }
    same = SameLaunch(record, existing, compared->secret_digest);
  }
}

JobManager::NewRecord JobManager::MakeRecord(const LaunchOrder& order) const {
  NewRecord record;
  SpecIdentity identity;
  if (order.spec.request_id().empty()) {
    identity.public_spec = PublicSpec(order.spec);
  } else {
    identity = IdentifySpec(order.spec, options_.digest_key);
  }
  record.secret_digest = std::move(identity.secret_digest);
  record.handed_bytes = order.spec.ByteSizeLong() - identity.public_spec.ByteSizeLong();
  record.program = ProgramOf(identity.public_spec);
  record.strings = TakeLargeStrings(&identity.public_spec);
  record.job = NewJob(order, std::move(identity.public_spec), clock_->Now());
  record.serialised = record.job.SerializeAsString();
  return record;
}

bool JobManager::SameLaunch(const NewRecord& record, const JobSnapshot& existing,
                            const std::string& secret_digest) {
  v1::Job asked = record.job;
  PutLargeStrings(record.strings, &asked);
  return SameSpec({asked.spec(), record.secret_digest}, {existing.Whole().spec(), secret_digest});
}

std::shared_ptr<JobSubscription> JobManager::StartLaunch(LaunchOrder order, NewRecord record,
                                                         absl::StatusOr<JobHost::SendLaunch> send,
                                                         std::shared_ptr<JobObserver> observer,
                                                         LaunchDone done, DeferredCalls* calls) {
  const uint64_t large = record.strings == nullptr ? 0 : record.strings->size();
  const RecordCharge charge = {record.serialised.size() + large + record.handed_bytes,
                               order.parameters.stdout_limit + order.parameters.stderr_limit};
  absl::StatusOr<std::shared_ptr<const JobHostInfo>> host =
      send.ok() ? Admit(order, charge) : send.status();
  if (!host.ok()) {
    calls->Add([done = std::move(done), refused = host.status()] { done(refused); });
    // What is to be given back may be megabytes.
    calls->Release(std::make_shared<LaunchOrder>(std::move(order)));
    calls->Release(std::make_shared<NewRecord>(std::move(record)));
    calls->Release(std::make_shared<absl::StatusOr<JobHost::SendLaunch>>(std::move(send)));
    return nullptr;
  }
  auto entry = std::make_shared<JobEntry>(order.job_id, next_sequence_++, order.security);
  entry->request_id = order.spec.request_id();
  entry->secret_digest = std::move(record.secret_digest);
  entry->strings = std::move(record.strings);
  entry->charge = charge;
  entry->active = std::make_unique<ActiveJob>();
  ActiveJob& active = *entry->active;
  active.job = std::move(record.job);
  active.program = std::move(record.program);
  active.handed_bytes = record.handed_bytes;
  active.parameters = order.parameters;
  active.host_life = (*host)->life;
  active.boot_id = (*host)->boot_id;
  entry->labels = LabelsOf(order.spec);
  active.follow_armed[0] = active.follow_armed[1] = order.follow_output;
  jobs_.Add(entry);
  JournalEntry saved = RecordOf(*entry);
  saved.job = std::move(record.serialised);
  active.launch_waiters.push_back(std::move(done));
  std::shared_ptr<JobSubscription> hold =
      Attach(entry, std::move(observer), absl::nullopt, /*attach=*/true);
  if (hold == nullptr && active.parameters.on_caller_gone == v1::OnCallerGone::KILL) {
    ArmCallerGone(entry, active.parameters.caller_gone_after);
  }
  active.order = std::make_unique<LaunchOrder>(std::move(order));
  active.send_order = *std::move(send);
  journal_->Put(std::move(saved),
                [this, entry](const absl::Status& status) { OnIntentJournalled(entry, status); });
  return hold;
}

JobManager::EntryPtr JobManager::FindRepeated(const LaunchOrder& order) const {
  if (order.spec.request_id().empty()) return nullptr;
  return jobs_.FindRequest(order.security->owner()->key(), order.spec.request_id());
}

std::shared_ptr<JobSubscription> JobManager::AnswerRepeatedLaunch(
    const EntryPtr& entry, bool same, std::shared_ptr<JobObserver> observer, LaunchDone done,
    DeferredCalls* calls) {
  if (!same) {
    v1::FailureDetail detail;
    detail.set_field("spec.request_id");
    detail.set_job_id(entry->id);
    detail.set_advice("use a new request id for a different launch");
    calls->Add([done = std::move(done),
                status = WithFailureDetail(
                    absl::AlreadyExistsError("the request id was used with other content"),
                    detail)] { done(status); });
    return nullptr;
  }
  std::shared_ptr<JobSubscription> hold =
      Attach(entry, std::move(observer), absl::nullopt, /*attach=*/true);
  if (entry->active != nullptr && entry->active->launched == nullptr) {
    entry->active->launch_waiters.push_back(std::move(done));
    return hold;
  }
  LaunchOutcome outcome;
  if (entry->active != nullptr) {
    outcome.response = entry->active->launched;
  } else {
    const v1::Job job = entry->Snapshot().Small();
    auto response = std::make_shared<v1::LaunchResponse>();
    response->set_job_id(entry->id);
    *response->mutable_main_process() = job.main_process();
    *response->mutable_started() = job.started();
    response->set_containment(job.containment());
    *response->mutable_user() = job.user();
    *response->mutable_network_credentials() = job.network_credentials();
    outcome.response = std::move(response);
  }
  outcome.existing = true;
  calls->Add([done = std::move(done), outcome = std::move(outcome)] { done(outcome); });
  return hold;
}

void JobManager::AnswerLost(const std::string& job_id) {
  MutexLock lock(&mutex_);
  const EntryPtr entry = jobs_.Find(job_id);
  if (entry == nullptr || entry->active == nullptr) return;
  ActiveJob& active = *entry->active;
  if (active.job.spec().on_caller_gone().action() == v1::OnCallerGone::KEEP) return;
  active.parameters = ResolveLaunch(active.job.spec(), LaunchKind::kRun, options_.defaults);
  *active.job.mutable_on_caller_gone() = CallerGoneOf(active.parameters);
  if (active.caller_gone_timer != 0) timers_.Cancel(std::exchange(active.caller_gone_timer, 0));
  if (active.attached_callers > 0) return;  // The owner has found it in a list.
  if (active.parameters.caller_gone_after > absl::ZeroDuration()) {
    return ArmCallerGone(entry, active.parameters.caller_gone_after);
  }
  // Also while the agent ends: nobody will come back for it.
  SendKill(entry.get(), active.parameters.kill_signal, active.parameters.grace_period);
}

absl::StatusOr<std::shared_ptr<const JobHostInfo>> JobManager::Admit(const LaunchOrder& order,
                                                                     const RecordCharge& charge) {
  if (draining_) return absl::UnavailableError("the agent is draining and takes no new jobs");
  // Once: the host may go at any time.
  std::shared_ptr<const JobHostInfo> host = host_->info();
  if (host == nullptr) return AbsentJobHost::IsAway();
  absl::Status charged =
      quota_.Charge(order.security->owner()->key(), charge, order.max_running_jobs);
  if (!charged.ok()) return charged;
  return host;
}

void JobManager::OnIntentJournalled(const EntryPtr& entry, const absl::Status& status) {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  if (!status.ok()) return AbandonLaunch(entry, status, &calls);
  Emit(*entry, v1::WatchJobsResponse::JOB_CREATED, &calls);
  if (absl::Status sent = SendOrder(entry.get(), &calls); !sent.ok()) {
    AbandonLaunch(entry, sent, &calls);
  }
}

absl::Status JobManager::SendOrder(JobEntry* entry, DeferredCalls* calls) {
  ActiveJob& active = *entry->active;
  const std::shared_ptr<const JobHostInfo> host = host_->info();
  // The journal says that this life of the host may hold the job; another one must not get it.
  if (host == nullptr || host->life != active.host_life) {
    return absl::UnavailableError("the job host went away before the launch");
  }
  JobHost::SendLaunch send = std::move(active.send_order);
  if (absl::Status sent = std::move(send)(); !sent.ok()) return sent;
  active.walked_stages = active.order->token.TakeStages();
  active.profile = active.order->token.environment().profile;
  // With it go the environment's values and the stdin data. Not under the lock: of what the token
  // holds, some takes its time to be given back.
  calls->Release(std::move(active.order));
  if (active.early_kill.has_value()) {
    host_->Kill(entry->id, active.early_kill->first, active.early_kill->second);
  }
  return absl::OkStatus();
}

// Nothing was spawned: the launch leaves no record.
void JobManager::AbandonLaunch(const EntryPtr& entry, const absl::Status& status,
                               DeferredCalls* calls) {
  AnswerLaunch(entry.get(), status, calls);
  NotifyObservers(*entry, calls);
  if (entry->active->caller_gone_timer != 0) timers_.Cancel(entry->active->caller_gone_timer);
  calls->Release(std::move(entry->active->order));
  calls->Release(std::make_shared<JobHost::SendLaunch>(std::move(entry->active->send_order)));
  calls->Release(std::move(entry->active->profile));
  const RecordCharge before = entry->charge;
  entry->charge.spool_bytes = 0;
  quota_.Finish(entry->owner->key(), before, entry->charge);
  Remove(entry, calls);
}

void JobManager::AnswerLaunch(JobEntry* entry, const LaunchAnswer& answer, DeferredCalls* calls) {
  auto waiters = std::move(entry->active->launch_waiters);
  entry->active->launch_waiters.clear();
  bool first = true;
  for (LaunchDone& done : waiters) {
    absl::StatusOr<LaunchOutcome> outcome = LaunchOutcome{nullptr, /*existing=*/!first};
    if (answer.ok()) {
      outcome->response = *answer;
    } else {
      outcome = answer.status();
    }
    first = false;
    calls->Add([done = std::move(done), outcome = std::move(outcome)]() mutable {
      done(std::move(outcome));
    });
  }
}

std::shared_ptr<JobSubscription> JobManager::Attach(const EntryPtr& entry,
                                                    std::shared_ptr<JobObserver> observer,
                                                    absl::optional<JobViewer> viewer, bool attach) {
  if (observer == nullptr) return nullptr;
  ++subscriptions_;
  if (entry->observers == nullptr) entry->observers = std::make_unique<JobEntry::Observers>();
  entry->observers->emplace(observer.get(), observer);
  if (attach && entry->active != nullptr) {
    ++entry->active->attached_callers;
    if (entry->active->caller_gone_timer != 0) {
      timers_.Cancel(std::exchange(entry->active->caller_gone_timer, 0));
    }
  }
  return std::make_shared<JobSubscription>(this, entry, std::move(observer), std::move(viewer),
                                           attach);
}

absl::StatusOr<std::shared_ptr<JobSubscription>> JobManager::Subscribe(
    const JobCaller& caller, const std::string& job_id, v1::JobRight right,
    std::shared_ptr<JobObserver> observer, bool attach) {
  MutexLock lock(&mutex_);
  absl::StatusOr<EntryPtr> entry = Find(caller, job_id, right);
  if (!entry.ok()) return entry.status();
  // An administrator who looks on is not the caller whose presence the job depends on.
  const bool owner = caller.principal.key() == (*entry)->owner->key();
  absl::optional<JobViewer> viewer;
  if (!owner) viewer = JobViewer{caller.principal, caller.token, right};
  return Attach(*entry, std::move(observer), std::move(viewer), attach && owner);
}

void JobManager::Unsubscribe(JobSubscription* subscription) {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  --subscriptions_;
  const EntryPtr& entry = subscription->entry_;
  if (entry->observers != nullptr) {
    entry->observers->erase(subscription->observer_.get());
    if (entry->observers->empty()) entry->observers.reset();
  }
  ActiveJob* active = entry->active.get();
  if (active != nullptr && subscription->attached_ && --active->attached_callers == 0 &&
      active->parameters.on_caller_gone == v1::OnCallerGone::KILL && !entry->deleted &&
      !ending_calls_) {
    ArmCallerGone(entry, active->parameters.caller_gone_after);
  }
  if (entry->delete_when_unobserved && entry->observers == nullptr && !entry->deleted) {
    Remove(entry, &calls);
  }
}

size_t JobManager::CountObservers() const {
  MutexLock lock(&mutex_);
  return subscriptions_ + watchers_.size();
}

}  // namespace proctor
