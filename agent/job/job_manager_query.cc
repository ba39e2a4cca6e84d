// JobManager: looking at jobs, and the caller's demands on existing ones.

#include <algorithm>
#include <limits>
#include <utility>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "agent/job/field_error.h"
#include "agent/job/job_manager.h"
#include "agent/job/job_state.h"
#include "common/failure_detail.h"
#include "common/os_error.h"

namespace proctor {
namespace {

constexpr int kDefaultPage = 100;
constexpr int kMaxPage = 1000;
// Records looked at in one hold of the lock.
constexpr size_t kScan = 256;
constexpr size_t kEventBatch = 256;

bool OwnerMatches(const Principal& owner, const std::string& wanted) {
  return wanted.empty() || owner.proto().name() == wanted || owner.key() == wanted;
}

template <typename Labels>
bool LabelsMatch(const Labels& labels, const v1::JobFilter& filter) {
  return std::all_of(filter.labels().begin(), filter.labels().end(), [&labels](const auto& wanted) {
    const auto found = labels.find(wanted.first);
    return found != labels.end() && (wanted.second.empty() || found->second == wanted.second);
  });
}

bool StateMatches(v1::JobState state, const v1::JobFilter& filter) {
  const auto& states = filter.states();
  return states.empty() || std::find(states.begin(), states.end(), state) != states.end();
}

}  // namespace

absl::StatusOr<JobManager::EntryPtr> JobManager::Find(const JobCaller& caller,
                                                      const std::string& job_id,
                                                      v1::JobRight right) const {
  const auto found = jobs_.find(job_id);
  if (found == jobs_.end() || !access_->Allows(caller, *found->second->security, right)) {
    return NoSuchJob(job_id);
  }
  return found->second;
}

v1::Job JobManager::JobOf(const JobEntry& entry) const {
  if (entry.active != nullptr) return entry.active->job;
  v1::Job job;
  job.ParseFromString(entry.packed);
  return job;
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
  MutexLock lock(&mutex_);
  absl::StatusOr<EntryPtr> entry = Find(caller, job_id, v1::QUERY);
  if (!entry.ok()) return entry.status();
  return JobOf(**entry);
}

absl::StatusOr<v1::ListJobsResponse> JobManager::ListJobs(const JobCaller& caller,
                                                          const v1::ListJobsRequest& request) {
  if (request.page_size() < 0 || request.page_size() > kMaxPage) {
    return FieldError("page_size", absl::StrCat("must be 0 to ", kMaxPage));
  }
  uint64_t before = std::numeric_limits<uint64_t>::max();
  if (!request.page_token().empty() && !absl::SimpleAtoi(request.page_token(), &before)) {
    return FieldError("page_token", "is not one that ListJobs returned");
  }
  const int page = request.page_size() == 0 ? kDefaultPage : request.page_size();
  v1::ListJobsResponse response;
  while (before > 0 && response.jobs_size() < page) {
    const size_t room = static_cast<size_t>(page - response.jobs_size());
    for (v1::Job& job : CollectJobs(caller, request.filter(), &before, std::min(room, kScan))) {
      *response.add_jobs() = std::move(job);
    }
  }
  if (before > 0) response.set_next_page_token(absl::StrCat(before));
  return response;
}

// Looks at up to `scan` records older than `*before`, newest first; 0 there means that none is
// left.
std::vector<v1::Job> JobManager::CollectJobs(const JobCaller& caller, const v1::JobFilter& filter,
                                             uint64_t* before, size_t scan) {
  std::vector<v1::Job> jobs;
  MutexLock lock(&mutex_);
  auto position = by_sequence_.lower_bound(*before);
  for (size_t looked = 0; looked < scan; ++looked) {
    if (position == by_sequence_.begin()) {
      *before = 0;
      break;
    }
    --position;
    *before = position->first;
    const JobEntry& entry = *position->second;
    if (!access_->Allows(caller, *entry.security, v1::QUERY) ||
        !StateMatches(entry.state, filter) || !OwnerMatches(*entry.owner, filter.owner())) {
      continue;
    }
    v1::Job job = JobOf(entry);
    if (LabelsMatch(job.spec().labels(), filter)) jobs.push_back(std::move(job));
  }
  if (position == by_sequence_.begin()) *before = 0;
  return jobs;
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

absl::Status JobManager::DeleteJob(const JobCaller& caller, const std::string& job_id) {
  DeferredCalls calls;
  MutexLock lock(&mutex_);
  absl::StatusOr<EntryPtr> entry = Find(caller, job_id, v1::DELETE_RECORD);
  if (!entry.ok()) return entry.status();
  if ((*entry)->active != nullptr) {
    v1::FailureDetail detail;
    detail.set_job_id(job_id);
    detail.set_advice("Kill it first, or wait for its end");
    return WithFailureDetail(absl::FailedPreconditionError("the job has not finished"), detail);
  }
  Remove(*entry, &calls);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::WatchJobsResponse>> JobManager::EventsAfter(
    const JobCaller& caller, const v1::JobFilter& filter, uint64_t* position) {
  std::vector<EventRing::Event> events;
  {
    MutexLock lock(&mutex_);
    absl::StatusOr<std::vector<EventRing::Event>> found = events_.After(*position, kEventBatch);
    if (!found.ok()) return found.status();
    events = *std::move(found);
  }
  std::vector<v1::WatchJobsResponse> visible;
  static const std::map<std::string, std::string> kNoLabels;
  for (const EventRing::Event& event : events) {
    *position = event.sequence;
    if (access_->Allows(caller, *event.security, v1::QUERY) && StateMatches(event.state, filter) &&
        OwnerMatches(*event.owner, filter.owner()) &&
        LabelsMatch(event.labels == nullptr ? kNoLabels : *event.labels, filter)) {
      visible.push_back(event.Render(options_.agent_life));
    }
  }
  return visible;
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
  Counts counts;
  counts.records = jobs_.size();
  for (const auto& [sequence, entry] : by_sequence_) {
    if (entry->active != nullptr) ++counts.running;
  }
  return counts;
}

UserQuota::Usage JobManager::UsageOf(const std::string& principal_key) const {
  MutexLock lock(&mutex_);
  return quota_.UsageOf(principal_key);
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
