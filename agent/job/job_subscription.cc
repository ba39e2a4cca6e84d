#include "agent/job/job_subscription.h"

#include <utility>

#include "agent/job/job_manager.h"

namespace proctor {

JobSubscription::JobSubscription(JobManager* manager, std::shared_ptr<JobEntry> entry,
                                 std::shared_ptr<JobObserver> observer,
                                 absl::optional<JobViewer> viewer, bool attached)
    : manager_(manager),
      entry_(std::move(entry)),
      observer_(std::move(observer)),
      viewer_(std::move(viewer)),
      attached_(attached) {}

JobSubscription::~JobSubscription() { manager_->Unsubscribe(this); }

const std::string& JobSubscription::job_id() const { return entry_->id; }

absl::StatusOr<JobView> JobSubscription::View() const {
  return manager_->ViewOf(*entry_, viewer_.has_value() ? &*viewer_ : nullptr);
}

v1::Job JobSubscription::Job() const {
  JobSnapshot snapshot;
  {
    MutexLock lock(&manager_->mutex_);
    snapshot = entry_->Snapshot();
  }
  return snapshot.Small();
}

bool JobSubscription::Follow(bool standard_error, uint64_t offset) {
  return manager_->Follow(entry_, standard_error, offset);
}

}  // namespace proctor
