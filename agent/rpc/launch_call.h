#ifndef PROCTOR_AGENT_RPC_LAUNCH_CALL_H_
#define PROCTOR_AGENT_RPC_LAUNCH_CALL_H_

#include <grpcpp/support/server_callback.h>

#include <memory>
#include <string>

#include "agent/rpc/admitted_call.h"
#include "agent/rpc/agent_core.h"
#include "common/mutex.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// Agent.Launch. Lives until gRPC is done with it and the launch has come to its end.
class LaunchCall final : public grpc::ServerUnaryReactor,
                         public std::enable_shared_from_this<LaunchCall> {
 public:
  static grpc::ServerUnaryReactor* Start(const AgentCore& core, AdmittedCall admitted,
                                         const v1::LaunchRequest& request,
                                         v1::LaunchResponse* response);

  // The caller goes without an answer, be it before or after there was one.
  void OnCancel() override;
  void OnDone() override;

 private:
  LaunchCall(const AgentCore& core, AdmittedCall admitted, bool repeatable,
             v1::LaunchResponse* response);

  void Launch(const v1::LaunchSpec& spec);
  void Prepared(LaunchOrder order);
  void Answer(const absl::StatusOr<LaunchOutcome>& outcome);

  const AgentCore& core_;
  const std::shared_ptr<const CallerToken> caller_;
  const bool repeatable_;  // By its request id: an answer that was lost is given again.

  Mutex mutex_;
  CallPermit permit_ ABSL_GUARDED_BY(mutex_);
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool gone_ ABSL_GUARDED_BY(mutex_) = false;   // The caller.
  std::string job_id_ ABSL_GUARDED_BY(mutex_);  // Empty until the launch begins.
  v1::LaunchResponse* const response_;          // Gone once the call is finished.
  std::shared_ptr<LaunchCall> self_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_LAUNCH_CALL_H_
