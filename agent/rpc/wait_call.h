#ifndef PROCTOR_AGENT_RPC_WAIT_CALL_H_
#define PROCTOR_AGENT_RPC_WAIT_CALL_H_

#include <grpcpp/support/server_callback.h>

#include "agent/rpc/admitted_call.h"
#include "agent/rpc/agent_core.h"
#include "agent/rpc/job_unary_call.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// Agent.Wait.
class WaitCall final : public JobUnaryCall {
 public:
  static grpc::ServerUnaryReactor* Start(const AgentCore& core, AdmittedCall admitted,
                                         const v1::WaitRequest& request,
                                         v1::WaitResponse* response);

 protected:
  absl::optional<grpc::Status> Check(const JobSubscription& job) override;

 private:
  WaitCall(v1::WaitRequest::Until until, v1::WaitResponse* response)
      : until_(until), response_(response) {}

  const v1::WaitRequest::Until until_;
  v1::WaitResponse* const response_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_WAIT_CALL_H_
