// JobManager: changing the attributes of a job, and deleting its record. One change of a job at a
// time: each is journalled and then made, so that what callers see has always been journalled
// before.

#include <algorithm>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/job/job_manager.h"
#include "common/failure_detail.h"
#include "common/proto_time.h"

namespace proctor {
namespace {

// As it was journalled when it was launched: what the job host knows better is asked of it.
v1::Job AsIntended(v1::Job job) {
  job.set_state(v1::CREATED);
  job.clear_main_process();
  job.clear_containment();
  job.clear_started();
  job.clear_exit();
  return job;
}

}  // namespace

void JobManager::UpdateJob(const JobCaller& caller, JobUpdate update, UpdateDone done) {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  absl::StatusOr<EntryPtr> found = Find(caller, update.request.job_id(), v1::SET_ATTRIBUTES);
  if (!found.ok()) {
    calls.Add([done = std::move(done), status = found.status()] { done(status); });
    return;
  }
  PendingUpdate pending;
  pending.update = std::move(update);
  pending.done = std::move(done);
  QueueUpdate(*found, std::move(pending), &calls);
}

void JobManager::DeleteJob(const JobCaller& caller, const std::string& job_id,
                           std::function<void(absl::Status)> done) {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  absl::StatusOr<EntryPtr> found = Find(caller, job_id, v1::DELETE_RECORD);
  absl::Status refused = found.status();
  if (refused.ok() && (*found)->active != nullptr) {
    v1::FailureDetail detail;
    detail.set_job_id(job_id);
    detail.set_advice("Kill it first, or wait for its end");
    refused = WithFailureDetail(absl::FailedPreconditionError("the job has not finished"), detail);
  }
  if (!refused.ok()) return calls.Add([done = std::move(done), refused] { done(refused); });
  PendingUpdate pending;
  pending.deletion = true;
  pending.done = [done = std::move(done)](const absl::StatusOr<JobSnapshot>& job) {
    done(job.status());
  };
  QueueUpdate(*found, std::move(pending), &calls);
}

void JobManager::QueueUpdate(const EntryPtr& entry, PendingUpdate update, DeferredCalls* calls) {
  const bool first = entry->updates == nullptr;
  if (first) entry->updates = std::make_unique<std::deque<PendingUpdate>>();
  entry->updates->push_back(std::move(update));
  if (first) StartUpdate(entry, calls);
}

void JobManager::StartUpdate(const EntryPtr& entry, DeferredCalls* calls) {
  PendingUpdate& pending = entry->updates->front();
  if (pending.deletion && !entry->deleted) {
    entry->deleting = true;
    return journal_->Delete(entry->id, [this, entry](const absl::Status& status) {
      OnDeletionJournalled(entry, status);
    });
  }
  absl::StatusOr<v1::Job> job = PrepareUpdate(*entry, &pending);
  if (!job.ok()) return EndUpdate(entry, job.status(), calls);
  JournalEntry saved = RecordOf(*entry);
  if (pending.security != nullptr) {
    saved.grants = pending.security->grants().SerializeAsString();
  }
  if (saved.final) {
    saved.job = job->SerializeAsString();
    saved.expires_unix_ns = absl::ToUnixNanos(FromTimestampProto(job->expires()));
  } else {
    saved.job = AsIntended(*std::move(job)).SerializeAsString();
  }
  pending.journalled_final = saved.final;
  journal_->Put(std::move(saved),
                [this, entry](const absl::Status& status) { OnUpdateJournalled(entry, status); });
}

// The job as it will be.
absl::StatusOr<v1::Job> JobManager::PrepareUpdate(const JobEntry& entry,
                                                  PendingUpdate* pending) const {
  if (entry.deleted) return NoSuchJob(entry.id);
  v1::Job job = entry.Snapshot().Small();
  const size_t before = job.ByteSizeLong();
  if (absl::Status applied = ApplyJobUpdate(pending->update.request, &job); !applied.ok()) {
    return applied;
  }
  if (pending->update.request.has_share_with()) {
    absl::StatusOr<std::shared_ptr<const JobSecurity>> security =
        access_->Protect(entry.owner, entry.security->user(), pending->update.grants);
    if (!security.ok()) return security.status();
    pending->security = *std::move(security);
  }
  if (const size_t now = job.ByteSizeLong(); now > before) {
    absl::Status may_grow = quota_.MayGrow(entry.owner->key(), now - before);
    if (!may_grow.ok()) return may_grow;
  }
  if (entry.active == nullptr && pending->update.request.has_retention()) {
    const LaunchParameters parameters =
        ResolveLaunch(job.spec(), LaunchKind::kLaunch, options_.defaults);
    SetTimestampProto(FromTimestampProto(job.exit().finished()) + parameters.retention,
                      job.mutable_expires());
  }
  return job;
}

void JobManager::OnUpdateJournalled(const EntryPtr& entry, const absl::Status& status) {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  if (!status.ok()) return EndUpdate(entry, status, &calls);
  if (entry->deleted) return EndUpdate(entry, NoSuchJob(entry->id), &calls);
  MakeUpdate(entry, entry->updates->front());
  Emit(*entry, v1::WatchJobsResponse::JOB_UPDATED, &calls);
  // Whoever has lost a right with it must not be answered any more.
  NotifyObservers(*entry, &calls);
  EndUpdate(entry, entry->Snapshot(), &calls);
}

void JobManager::OnDeletionJournalled(const EntryPtr& entry, const absl::Status& status) {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  entry->deleting = false;
  if (!status.ok()) return EndUpdate(entry, status, &calls);
  if (!entry->deleted) Forget(entry, &calls);
  EndUpdate(entry, entry->Snapshot(), &calls);
}

// The job may have gone on since the change was journalled, also to its end.
void JobManager::MakeUpdate(const EntryPtr& entry, const PendingUpdate& pending) {
  const v1::UpdateJobRequest& request = pending.update.request;
  if (pending.security != nullptr) entry->security = pending.security;
  v1::Job job = entry->Snapshot().Small();
  // Cannot fail: only updates change labels, and this one was tried on these.
  ApplyJobUpdate(request, &job).IgnoreError();
  entry->labels = LabelsOf(job.spec());
  const absl::Duration retention =
      ResolveLaunch(job.spec(), LaunchKind::kLaunch, options_.defaults).retention;
  if (entry->active != nullptr) {
    ActiveJob& active = *entry->active;
    active.job = std::move(job);
    if (request.has_retention()) active.parameters.retention = retention;
    return Recharge(entry.get());
  }
  if (request.has_retention()) {
    const absl::Time expires = FromTimestampProto(job.exit().finished()) + retention;
    SetTimestampProto(expires, job.mutable_expires());
    entry->expires_unix_ns = absl::ToUnixNanos(expires);
    entry->delete_when_unobserved = false;
    ScheduleExpiry(entry, std::max(expires - clock_->Now(), absl::ZeroDuration()));
  }
  entry->packed = PackJob(job);
  Recharge(entry.get());
  // The record of the end went to the journal after the change, without it.
  if (!pending.journalled_final) JournalFinal(entry, job.SerializeAsString());
}

void JobManager::Recharge(JobEntry* entry) {
  const RecordCharge before = entry->charge;
  entry->charge.record_bytes = entry->ChargedBytes();
  quota_.Change(entry->owner->key(), before, entry->charge);
}

void JobManager::EndUpdate(const EntryPtr& entry, absl::StatusOr<JobSnapshot> result,
                           DeferredCalls* calls) {
  calls->Add([done = std::move(entry->updates->front().done), result = std::move(result)] {
    done(result);
  });
  entry->updates->pop_front();
  if (!entry->updates->empty()) return StartUpdate(entry, calls);
  entry->updates.reset();
}

}  // namespace proctor
