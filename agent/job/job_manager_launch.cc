// JobManager: from a launch order to a running job, and the subscriptions on it.

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/job/job_manager.h"
#include "agent/job/spec_identity.h"
#include "common/failure_detail.h"
#include "common/proto_time.h"

namespace proctor {
namespace {

v1::Job NewJob(const LaunchOrder& order, v1::LaunchSpec public_spec, absl::Time now) {
  v1::Job job;
  job.set_job_id(order.job_id);
  job.set_state(v1::CREATED);
  *job.mutable_owner() = order.security->owner()->proto();
  *job.mutable_user() = order.security->user()->proto();
  *job.mutable_spec() = std::move(public_spec);
  *job.mutable_network_credentials() = order.token.environment().network_credentials;
  SetTimestampProto(now, job.mutable_created());
  job.mutable_on_caller_gone()->set_action(order.parameters.on_caller_gone);
  SetDurationProto(order.parameters.caller_gone_after,
                   job.mutable_on_caller_gone()->mutable_after());
  return job;
}

}  // namespace

void JobManager::Launch(LaunchOrder order, LaunchKind kind, std::shared_ptr<JobObserver> observer,
                        LaunchDone done) {
  // Outside the lock: this goes over what may be megabytes.
  SpecIdentity identity;
  if (order.spec.request_id().empty()) {
    identity.public_spec = PublicSpec(order.spec);
  } else {
    identity = IdentifySpec(order.spec, options_.digest_key);
  }
  order.parameters = ResolveLaunch(order.spec, kind, options_.defaults);
  const std::shared_ptr<const Principal> owner = order.security->owner();
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  if (AnswerRepeatedLaunch(order, identity.secret_digest, identity.public_spec, observer, done,
                           &calls)) {
    return;
  }
  const uint64_t charge = order.parameters.stdout_limit + order.parameters.stderr_limit;
  if (absl::Status admitted = Admit(order, charge); !admitted.ok()) {
    calls.Add([done = std::move(done), admitted] { done(admitted); });
    return;
  }
  auto entry = std::make_shared<JobEntry>(order.job_id, next_sequence_++, order.security);
  entry->request_id = order.spec.request_id();
  entry->secret_digest = std::move(identity.secret_digest);
  entry->spool_charge = charge;
  entry->active = std::make_unique<ActiveJob>();
  ActiveJob& active = *entry->active;
  active.job = NewJob(order, std::move(identity.public_spec), clock_->Now());
  active.parameters = order.parameters;
  const std::shared_ptr<const JobHostInfo> host = host_->info();
  active.host_life = host->life;
  active.boot_id = host->boot_id;
  active.labels = LabelsOf(order.spec);
  active.follow_armed[0] = active.follow_armed[1] = order.follow_output;
  jobs_.emplace(entry->id, entry);
  by_sequence_.emplace(entry->sequence, entry);
  if (!entry->request_id.empty()) {
    by_request_.emplace(RequestKey(owner->key(), entry->request_id), entry);
  }
  JournalEntry saved = RecordOf(*entry);
  saved.job = active.job.SerializeAsString();
  const bool attach = observer != nullptr;
  active.launch_waiters.emplace_back(std::move(done), Attach(entry, std::move(observer), attach));
  if (!attach && active.parameters.on_caller_gone == v1::OnCallerGone::KILL) {
    ArmCallerGone(entry, active.parameters.caller_gone_after);
  }
  active.order = std::make_unique<LaunchOrder>(std::move(order));
  journal_->Put(std::move(saved),
                [this, entry](const absl::Status& status) { OnIntentJournalled(entry, status); });
}

bool JobManager::AnswerRepeatedLaunch(const LaunchOrder& order, const std::string& secret_digest,
                                      const v1::LaunchSpec& public_spec,
                                      const std::shared_ptr<JobObserver>& observer,
                                      const LaunchDone& done, DeferredCalls* calls) {
  if (order.spec.request_id().empty()) return false;
  const auto found =
      by_request_.find(RequestKey(order.security->owner()->key(), order.spec.request_id()));
  if (found == by_request_.end()) return false;
  const EntryPtr entry = found->second;
  if (!SameSpec({public_spec, secret_digest}, {JobOf(*entry).spec(), entry->secret_digest})) {
    v1::FailureDetail detail;
    detail.set_field("spec.request_id");
    detail.set_job_id(entry->id);
    detail.set_advice("use a new request id for a different launch");
    calls->Add([done, status = WithFailureDetail(
                          absl::AlreadyExistsError("the request id was used with other content"),
                          detail)] { done(status); });
    return true;
  }
  std::shared_ptr<JobSubscription> subscription = Attach(entry, observer, observer != nullptr);
  if (entry->active != nullptr && entry->active->launched == nullptr) {
    entry->active->launch_waiters.emplace_back(done, std::move(subscription));
    return true;
  }
  LaunchOutcome outcome;
  if (entry->active != nullptr) {
    outcome.response = entry->active->launched;
  } else {
    const v1::Job job = JobOf(*entry);
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
  outcome.subscription = std::move(subscription);
  calls->Add([done, outcome] { done(outcome); });
  return true;
}

absl::Status JobManager::Admit(const LaunchOrder& order, uint64_t spool_charge) {
  if (draining_) return absl::UnavailableError("the agent is draining and takes no new jobs");
  if (host_ == nullptr || host_->info() == nullptr) {
    return absl::UnavailableError("the job host is away; retry with the same request id");
  }
  return quota_.Charge(order.security->owner()->key(), spool_charge, order.max_running_jobs);
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
  if (absl::Status sent = host_->Launch(*active.order); !sent.ok()) return sent;
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
  calls->Release(std::move(entry->active->profile));
  quota_.Finish(entry->owner->key(), entry->spool_charge, 0);
  entry->spool_charge = 0;
  Remove(entry, calls);
}

void JobManager::AnswerLaunch(JobEntry* entry, const LaunchAnswer& answer, DeferredCalls* calls) {
  auto waiters = std::move(entry->active->launch_waiters);
  entry->active->launch_waiters.clear();
  bool first = true;
  for (auto& [done, subscription] : waiters) {
    absl::StatusOr<LaunchOutcome> outcome = LaunchOutcome();
    if (answer.ok()) {
      outcome->response = *answer;
      outcome->existing = !first;
      outcome->subscription = subscription;
    } else {
      outcome = answer.status();
    }
    first = false;
    // The subscription travels with the call: it must not end under the lock.
    calls->Add([done = std::move(done), outcome = std::move(outcome),
                subscription = std::move(subscription)]() mutable { done(std::move(outcome)); });
  }
}

std::shared_ptr<JobSubscription> JobManager::Attach(const EntryPtr& entry,
                                                    std::shared_ptr<JobObserver> observer,
                                                    bool attach) {
  if (observer == nullptr) return nullptr;
  if (entry->observers == nullptr) entry->observers = std::make_unique<JobEntry::Observers>();
  entry->observers->emplace(observer.get(), observer);
  if (attach && entry->active != nullptr) {
    ++entry->active->attached_callers;
    if (entry->active->caller_gone_timer != 0) {
      timers_.Cancel(std::exchange(entry->active->caller_gone_timer, 0));
    }
  }
  return std::make_shared<JobSubscription>(this, entry, std::move(observer), attach);
}

absl::StatusOr<std::shared_ptr<JobSubscription>> JobManager::Subscribe(
    const JobCaller& caller, const std::string& job_id, v1::JobRight right,
    std::shared_ptr<JobObserver> observer, bool attach) {
  MutexLock lock(&mutex_);
  absl::StatusOr<EntryPtr> entry = Find(caller, job_id, right);
  if (!entry.ok()) return entry.status();
  // An administrator who looks on is not the caller whose presence the job depends on.
  const bool owner = caller.principal.key() == (*entry)->owner->key();
  return Attach(*entry, std::move(observer), attach && owner);
}

void JobManager::Unsubscribe(JobSubscription* subscription) {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  const EntryPtr& entry = subscription->entry_;
  if (entry->observers != nullptr) {
    entry->observers->erase(subscription->observer_.get());
    if (entry->observers->empty()) entry->observers.reset();
  }
  ActiveJob* active = entry->active.get();
  if (active != nullptr && subscription->attached_ && --active->attached_callers == 0 &&
      active->parameters.on_caller_gone == v1::OnCallerGone::KILL && !entry->deleted) {
    ArmCallerGone(entry, active->parameters.caller_gone_after);
  }
  if (entry->delete_when_unobserved && entry->observers == nullptr && !entry->deleted) {
    Remove(entry, &calls);
  }
}

}  // namespace proctor
