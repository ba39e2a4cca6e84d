#ifndef PROCTOR_AGENT_RPC_AGENT_SERVICE_H_
#define PROCTOR_AGENT_RPC_AGENT_SERVICE_H_

#include "agent/rpc/admitted_call.h"
#include "agent/rpc/agent_core.h"
#include "agent/rpc/caller_source.h"
#include "proctor/v1/agent.grpc.pb.h"

namespace proctor {

// The Agent service. Each call is that of the caller whom `callers` names. `core` and `callers`
// must outlive it.
class AgentService final
    : public v1::Agent::WithRawCallbackMethod_WatchJobs<v1::Agent::CallbackService> {
 public:
  AgentService(const AgentCore& core, const CallerSource& callers)
      : core_(core), callers_(callers) {}

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
  grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchJobs(grpc::CallbackServerContext* context,
                                                        const grpc::ByteBuffer* request) override;
  grpc::ServerWriteReactor<v1::ReadOutputResponse>* ReadOutput(
      grpc::CallbackServerContext* context, const v1::ReadOutputRequest* request) override;
  grpc::ServerUnaryReactor* Signal(grpc::CallbackServerContext* context,
                                   const v1::SignalRequest* request,
                                   v1::SignalResponse* response) override;
  grpc::ServerUnaryReactor* DeleteJob(grpc::CallbackServerContext* context,
                                      const v1::DeleteJobRequest* request,
                                      v1::DeleteJobResponse* response) override;
  grpc::ServerUnaryReactor* UpdateJob(grpc::CallbackServerContext* context,
                                      const v1::UpdateJobRequest* request,
                                      v1::UpdateJobResponse* response) override;
  grpc::ServerUnaryReactor* DescribeAgent(grpc::CallbackServerContext* context,
                                          const v1::DescribeAgentRequest* request,
                                          v1::DescribeAgentResponse* response) override;

 private:
  // The call of `method`, if its caller may make it. A refusal goes into the audit log.
  absl::StatusOr<AdmittedCall> Admit(const grpc::CallbackServerContext& context, const char* method,
                                     const google::protobuf::MessageLite& request) const;
  // As Admit, for calls that ask the gate themselves.
  absl::StatusOr<AdmittedCall> Count(const grpc::CallbackServerContext& context, const char* method,
                                     const google::protobuf::MessageLite& request) const;
  // Ends a call that was not admitted.
  static grpc::ServerUnaryReactor* Refuse(grpc::CallbackServerContext* context,
                                          const absl::Status& status);
  // Ends a call that is decided at once; a refusal goes into the audit log.
  static grpc::ServerUnaryReactor* Answer(AdmittedCall call, const char* method,
                                          const absl::Status& status,
                                          const google::protobuf::MessageLite& response);

  const AgentCore& core_;
  const CallerSource& callers_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_AGENT_SERVICE_H_
