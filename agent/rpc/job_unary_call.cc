#include "agent/rpc/job_unary_call.h"

#include <utility>

namespace proctor {

void JobUnaryCall::Watch(std::shared_ptr<JobSubscription> subscription) {
  {
    MutexLock lock(&mutex_);
    subscription_ = std::move(subscription);
  }
  OnChange();
}

void JobUnaryCall::OnChange() {
  const std::shared_ptr<JobUnaryCall> keep = shared_from_this();
  absl::optional<grpc::Status> status;
  {
    // The lock also keeps two answers from filling the response at once.
    MutexLock lock(&mutex_);
    if (finished_ || subscription_ == nullptr) return;
    status = Check(*subscription_);
    if (!status.has_value()) return;
    finished_ = true;
  }
  Finish(*status);
}

void JobUnaryCall::FinishOnce(const grpc::Status& status) {
  {
    MutexLock lock(&mutex_);
    if (finished_) return;
    finished_ = true;
  }
  Finish(status);
}

void JobUnaryCall::OnCancel() {
  permit_.Abandon();
  FinishOnce(grpc::Status::CANCELLED);
}

void JobUnaryCall::OnDone() {
  const std::shared_ptr<JobUnaryCall> last = std::move(self_);
  std::shared_ptr<JobSubscription> subscription;  // Ends after the lock: it asks the manager.
  {
    MutexLock lock(&mutex_);
    subscription = std::move(subscription_);
  }
}

}  // namespace proctor
