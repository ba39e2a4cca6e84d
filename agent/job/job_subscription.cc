#include "agent/job/job_subscription.h"

#include <utility>

#include "agent/job/job_manager.h"

namespace proctor {

JobSubscription::JobSubscription(JobManager* manager, std::shared_ptr<JobEntry> entry,
                                 std::shared_ptr<JobObserver> observer, bool attached)
    : manager_(manager),
      entry_(std::move(entry)),
      observer_(std::move(observer)),
      attached_(attached) {}

JobSubscription::~JobSubscription() { manager_->Unsubscribe(this); }

const std::string& JobSubscription::job_id() const { return entry_->id; }

JobView JobSubscription::View() const { return manager_->ViewOf(*entry_); }

v1::Job JobSubscription::Job() const {
  MutexLock lock(&manager_->mutex_);
  return manager_->JobOf(*entry_);
}

bool JobSubscription::Follow(bool standard_error, uint64_t offset) {
  return manager_->Follow(entry_, standard_error, offset);
}

}  // namespace proctor
