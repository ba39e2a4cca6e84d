#ifndef PROCTOR_AGENT_RPC_KILL_CALL_H_
#define PROCTOR_AGENT_RPC_KILL_CALL_H_

#include <grpcpp/support/server_callback.h>

#include "agent/rpc/agent_core.h"
#include "agent/rpc/job_unary_call.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// Agent.Kill: demands the end and answers when no process is left.
class KillCall final : public JobUnaryCall {
 public:
  static grpc::ServerUnaryReactor* Start(const AgentCore& core, const CallerToken& caller,
                                         const v1::KillRequest& request,
                                         v1::KillResponse* response);

 protected:
  absl::optional<grpc::Status> Check(const JobSubscription& job) override;

 private:
  explicit KillCall(v1::KillResponse* response) : response_(response) {}
  absl::Status Begin(const AgentCore& core, const CallerToken& caller,
                     const v1::KillRequest& request);

  v1::KillResponse* const response_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_KILL_CALL_H_
