// JobManager: looking at jobs, and the caller's demands on existing ones.

#include <algorithm>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "agent/job/job_manager.h"
#include "agent/job/job_state.h"
#include "common/failure_detail.h"
#include "common/os_error.h"

namespace proctor {
namespace {

constexpr size_t kEventBatch = 256;

}  // namespace

absl::StatusOr<JobManager::EntryPtr> JobManager::Find(const JobCaller& caller,
                                                      const std::string& job_id,
                                                      v1::JobRight right) const {
  EntryPtr entry = jobs_.Find(job_id);
  if (entry == nullptr || !access_->Allows(caller, *entry->security, right)) {
    return NoSuchJob(job_id);
  }
  return entry;
}

absl::StatusOr<JobView> JobManager::ViewOf(const JobEntry& entry, const JobViewer* viewer) const {
  JobView view;
  std::shared_ptr<const JobSecurity> security;
  {
    MutexLock lock(&mutex_);
    view.state = entry.state;
    view.final = IsTerminal(entry.state);
    view.agent_stopping = ending_calls_;
    view.main_exited = view.final || entry.state == v1::DRAINING;
    if (entry.active != nullptr) {
      view.kill_unconfirmed = entry.active->kill_unconfirmed;
      std::copy(std::begin(entry.active->kept), std::end(entry.active->kept),
                std::begin(view.kept));
    }
    if (viewer != nullptr) security = entry.security;
  }
  if (viewer != nullptr &&
      !access_->Allows({viewer->principal, viewer->token}, *security, viewer->right)) {
    return NoSuchJob(entry.id);
  }
  return view;
}

absl::StatusOr<v1::Job> JobManager::GetJob(const JobCaller& caller, const std::string& job_id) {
  JobSnapshot snapshot;
  {
    MutexLock lock(&mutex_);
    absl::StatusOr<EntryPtr> entry = Find(caller, job_id, v1::QUERY);
    if (!entry.ok()) return entry.status();
    snapshot = (*entry)->Snapshot();
  }
  return snapshot.Whole();
}

void JobManager::ListJobs(const std::shared_ptr<JobListing>& listing) {
  listings_.Add(listing->caller().principal.key(),
                [this, listing] { return ListPiece(listing.get()); });
}

bool JobManager::ListPiece(JobListing* listing) {
  if (listing->EndIfCancelled()) return false;
  JobListing::Piece piece;
  {
    MutexLock lock(&mutex_);
    const JobIndex::Ordered& jobs = jobs_.all();
    auto position = jobs.lower_bound(listing->before());
    piece.before = listing->before();
    while (position != jobs.begin() && listing->Wants(piece)) {
      --position;
      ++piece.looked;
      const JobEntry& entry = *position->second;
      piece.before = entry.sequence;
      if (listing->filter().Matches(entry.state, *entry.owner, entry.labels.get()) &&
          access_->Allows(listing->caller(), *entry.security, v1::QUERY)) {
        JobListing::Collect(entry, &piece);
      }
    }
    if (position == jobs.begin()) piece.before = 0;
  }
  return listing->Take(piece);
}

absl::Status JobManager::Kill(const JobCaller& caller, const std::string& job_id,
                              absl::optional<absl::Duration> grace, int signal) {
  MutexLock lock(&mutex_);
  absl::StatusOr<EntryPtr> entry = Find(caller, job_id, v1::TERMINATE);
  if (!entry.ok()) return entry.status();
  if ((*entry)->active == nullptr) return absl::OkStatus();
  const LaunchParameters& parameters = (*entry)->active->parameters;
  SendKill(entry->get(), signal == 0 ? parameters.kill_signal : signal,
           grace.value_or(parameters.grace_period));
  return absl::OkStatus();
}

void JobManager::Signal(const JobCaller& caller, const std::string& job_id, int signal,
                        v1::SignalRequest::Target target, std::function<void(absl::Status)> done) {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  const auto answer = [&calls, &done](absl::Status status) {
    calls.Add([done = std::move(done), status = std::move(status)] { done(status); });
  };
  absl::StatusOr<EntryPtr> entry = Find(caller, job_id, v1::SIGNAL);
  if (!entry.ok()) return answer(entry.status());
  if ((*entry)->active == nullptr) {
    return answer(absl::FailedPreconditionError("the job has finished"));
  }
  if ((*entry)->active->order != nullptr) {
    return answer(absl::FailedPreconditionError("the job has not started yet"));
  }
  const uint64_t request = next_signal_++;
  if (absl::Status sent = host_->Signal(request, job_id, signal, target); !sent.ok()) {
    return answer(sent);
  }
  signals_.emplace(request, std::move(done));
}

void JobManager::OnSignalReply(const jobhost::SignalReply& reply) {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  const auto found = signals_.find(reply.request());
  if (found == signals_.end()) return;
  absl::Status status;
  if (reply.error() != 0 && CanonicalCode(reply.error()) == absl::StatusCode::kNotFound) {
    status = OsErrorStatus(absl::StatusCode::kFailedPrecondition, reply.call(), reply.error(),
                           "the target has ended");
  } else if (reply.error() != 0) {
    status = OsErrorStatus(reply.call(), reply.error());
  }
  calls.Add([done = std::move(found->second), status] { done(status); });
  signals_.erase(found);
}

absl::StatusOr<std::vector<EventRing::EventPtr>> JobManager::EventsAfter(const JobCaller& caller,
                                                                         const JobFilter& filter,
                                                                         uint64_t* position) {
  absl::StatusOr<std::vector<EventRing::EventPtr>> events = absl::UnknownError("");
  {
    MutexLock lock(&mutex_);
    events = events_.After(*position, kEventBatch);
  }
  if (!events.ok() || events->empty()) return events;
  *position = events->back()->sequence;
  const auto hidden = [&](const EventRing::EventPtr& event) {
    return !filter.Matches(event->state, *event->owner, event->labels.get()) ||
           !access_->Allows(caller, *event->security, v1::QUERY);
  };
  events->erase(std::remove_if(events->begin(), events->end(), hidden), events->end());
  return events;
}

uint64_t JobManager::LastEvent() const {
  MutexLock lock(&mutex_);
  return events_.last_sequence();
}

void JobManager::AddWatcher(const std::shared_ptr<JobObserver>& watcher) {
  MutexLock lock(&mutex_);
  watchers_.emplace(watcher.get(), watcher);
}

void JobManager::RemoveWatcher(const JobObserver* watcher) {
  MutexLock lock(&mutex_);
  watchers_.erase(watcher);
}

JobManager::Counts JobManager::CountJobs() const {
  MutexLock lock(&mutex_);
  return {quota_.total().running, quota_.total().records};
}

UserUsage JobManager::UsageOf(const Principal& user) const {
  MutexLock lock(&mutex_);
  return quota_.UsageOf(user.key());
}

bool JobManager::Follow(const EntryPtr& entry, bool standard_error, uint64_t offset) {
  MutexLock lock(&mutex_);
  ActiveJob* active = entry->active.get();
  const int stream = standard_error ? 1 : 0;
  if (active == nullptr || active->kept[stream] > offset) return true;
  if (active->follow_armed[stream] || active->order != nullptr) return false;
  active->follow_armed[stream] = true;
  host_->FollowOutput(entry->id, standard_error, active->kept[stream]);
  return false;
}

}  // namespace proctor
