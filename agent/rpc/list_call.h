#ifndef PROCTOR_AGENT_RPC_LIST_CALL_H_
#define PROCTOR_AGENT_RPC_LIST_CALL_H_

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <utility>

#include "agent/job/job_listing.h"
#include "agent/rpc/admitted_call.h"
#include "agent/rpc/agent_core.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// Agent.ListJobs: hands the listing over and ends with its answer; when the caller gives up, the
// listing does. Lives until gRPC is done with it.
class ListCall final : public grpc::ServerUnaryReactor {
 public:
  // The caller has passed the gate.
  static grpc::ServerUnaryReactor* Start(const AgentCore& core, AdmittedCall admitted,
                                         const v1::ListJobsRequest& request,
                                         v1::ListJobsResponse* response);

  void OnCancel() override;
  void OnDone() override { delete this; }

 private:
  explicit ListCall(CallPermit permit) : permit_(std::move(permit)) {}

  CallPermit permit_;
  std::shared_ptr<JobListing> listing_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_LIST_CALL_H_
