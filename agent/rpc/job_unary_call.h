#ifndef PROCTOR_AGENT_RPC_JOB_UNARY_CALL_H_
#define PROCTOR_AGENT_RPC_JOB_UNARY_CALL_H_

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <utility>

#include "absl/types/optional.h"
#include "agent/caller/user_bounds.h"
#include "agent/job/job_observer.h"
#include "agent/job/job_subscription.h"
#include "common/mutex.h"

namespace proctor {

// A unary call that is answered when a job has come to some point: no thread waits. Lives until
// gRPC is done with it.
class JobUnaryCall : public grpc::ServerUnaryReactor,
                     public JobObserver,
                     public std::enable_shared_from_this<JobUnaryCall> {
 public:
  // Keeps the call alive, and counted, until OnDone; call once, before anything else.
  void Own(CallPermit permit) {
    permit_ = std::move(permit);
    self_ = shared_from_this();
  }
  // Begins to watch. The subscription's observer is this call.
  void Watch(std::shared_ptr<JobSubscription> subscription);
  // Answers at once; later answers are ignored.
  void FinishOnce(const grpc::Status& status);

  void OnChange() override;
  void OnCancel() override;
  void OnDone() override;

 protected:
  // Nullopt: not yet. Fills the response when it is time. Called under the call's lock.
  virtual absl::optional<grpc::Status> Check(const JobSubscription& job) = 0;

 private:
  CallPermit permit_;
  Mutex mutex_;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<JobSubscription> subscription_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<JobUnaryCall> self_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_JOB_UNARY_CALL_H_
