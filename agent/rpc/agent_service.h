#ifndef PROCTOR_AGENT_RPC_AGENT_SERVICE_H_
#define PROCTOR_AGENT_RPC_AGENT_SERVICE_H_

#include <memory>

#include "agent/rpc/agent_core.h"
#include "agent/token/caller_token.h"
#include "proctor/v1/agent.grpc.pb.h"

namespace proctor {

// The Agent service as one identity sees it: every call that arrives here is that caller's, by
// construction. `core` must outlive it.
class AgentService final : public v1::Agent::CallbackService {
 public:
  AgentService(const AgentCore& core, std::shared_ptr<const CallerToken> caller);

  grpc::ServerUnaryReactor* Launch(grpc::CallbackServerContext* context,
                                   const v1::LaunchRequest* request,
                                   v1::LaunchResponse* response) override;
  grpc::ServerUnaryReactor* Wait(grpc::CallbackServerContext* context,
                                 const v1::WaitRequest* request,
                                 v1::WaitResponse* response) override;
  grpc::ServerUnaryReactor* Kill(grpc::CallbackServerContext* context,
                                 const v1::KillRequest* request,
                                 v1::KillResponse* response) override;
  grpc::ServerWriteReactor<v1::RunResponse>* Run(grpc::CallbackServerContext* context,
                                                 const v1::RunRequest* request) override;
  grpc::ServerUnaryReactor* GetJob(grpc::CallbackServerContext* context,
                                   const v1::GetJobRequest* request,
                                   v1::GetJobResponse* response) override;
  grpc::ServerUnaryReactor* ListJobs(grpc::CallbackServerContext* context,
                                     const v1::ListJobsRequest* request,
                                     v1::ListJobsResponse* response) override;
  grpc::ServerWriteReactor<v1::WatchJobsResponse>* WatchJobs(
      grpc::CallbackServerContext* context, const v1::WatchJobsRequest* request) override;
  grpc::ServerWriteReactor<v1::ReadOutputResponse>* ReadOutput(
      grpc::CallbackServerContext* context, const v1::ReadOutputRequest* request) override;
  grpc::ServerUnaryReactor* Signal(grpc::CallbackServerContext* context,
                                   const v1::SignalRequest* request,
                                   v1::SignalResponse* response) override;
  grpc::ServerUnaryReactor* DeleteJob(grpc::CallbackServerContext* context,
                                      const v1::DeleteJobRequest* request,
                                      v1::DeleteJobResponse* response) override;
  grpc::ServerUnaryReactor* DescribeAgent(grpc::CallbackServerContext* context,
                                          const v1::DescribeAgentRequest* request,
                                          v1::DescribeAgentResponse* response) override;

 private:
  // Answers a call that is decided at once; a refusal goes into the audit log.
  grpc::ServerUnaryReactor* Answer(grpc::CallbackServerContext* context, const char* method,
                                   const absl::Status& status);

  const AgentCore& core_;
  const std::shared_ptr<const CallerToken> caller_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_AGENT_SERVICE_H_
