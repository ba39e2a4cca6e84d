#ifndef PROCTOR_AGENT_RPC_LIST_CALL_H_
#define PROCTOR_AGENT_RPC_LIST_CALL_H_

#include <grpcpp/support/server_callback.h>

#include <memory>

#include "agent/job/job_listing.h"
#include "agent/rpc/admitted_call.h"
#include "agent/rpc/agent_core.h"
#include "common/mutex.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// Agent.ListJobs: has the owner looked up whom the filter names, hands the listing over and ends
// with its answer; when the caller gives up, the listing does. Lives until gRPC is done with it and
// neither goes on.
class ListCall final : public grpc::ServerUnaryReactor,
                       public std::enable_shared_from_this<ListCall> {
 public:
  // The caller has passed the gate.
  static grpc::ServerUnaryReactor* Start(const AgentCore& core, AdmittedCall admitted,
                                         const v1::ListJobsRequest& request,
                                         v1::ListJobsResponse* response);

  void OnCancel() override;
  void OnDone() override;

 private:
  ListCall(const AgentCore& core, AdmittedCall admitted, v1::ListJobsResponse* response);

  // `request` with the owner's key.
  void List(const v1::ListJobsRequest& request);
  void Refuse(const absl::Status& status);
  void Answer(absl::StatusOr<v1::ListJobsResponse> page);

  const AgentCore& core_;
  const std::shared_ptr<const CallerToken> caller_;

  Mutex mutex_;
  CallPermit permit_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  // Until there is an answer: the listing holds the call.
  std::shared_ptr<JobListing> listing_ ABSL_GUARDED_BY(mutex_);
  v1::ListJobsResponse* const response_;  // Gone once the call is finished.
  std::shared_ptr<ListCall> self_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_LIST_CALL_H_
