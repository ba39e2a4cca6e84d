#ifndef PROCTOR_AGENT_RPC_KILL_CALL_H_
#define PROCTOR_AGENT_RPC_KILL_CALL_H_

#include <grpcpp/support/server_callback.h>

#include <cstdint>
#include <string>

#include "agent/rpc/admitted_call.h"
#include "agent/rpc/agent_core.h"
#include "agent/rpc/job_unary_call.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// Why a tree that was killed is not at its end. `processes_left`: as the job host counts them; none
// when only the output is left to finish.
std::string UnconfirmedKillText(int64_t processes_left);

// Agent.Kill: demands the end and answers when no process is left.
class KillCall final : public JobUnaryCall {
 public:
  static grpc::ServerUnaryReactor* Start(const AgentCore& core, AdmittedCall admitted,
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
