#ifndef PROCTOR_AGENT_RPC_WATCH_CALL_H_
#define PROCTOR_AGENT_RPC_WATCH_CALL_H_

#include <cstdint>
#include <deque>

#include "agent/rpc/admitted_call.h"
#include "agent/rpc/agent_core.h"
#include "agent/rpc/stream_call.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// Agent.WatchJobs.
class WatchCall final : public StreamCall<v1::WatchJobsResponse> {
 public:
  static grpc::ServerWriteReactor<v1::WatchJobsResponse>* Start(
      const AgentCore& core, AdmittedCall admitted, const v1::WatchJobsRequest& request);

 protected:
  Step Next(v1::WatchJobsResponse* message, grpc::Status* status) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Release() override;

 private:
  WatchCall(const AgentCore& core, const CallerToken& caller, const v1::WatchJobsRequest& request);
  absl::Status Begin(const v1::WatchJobsRequest& request);

  const AgentCore& core_;
  const std::shared_ptr<const Principal> caller_;
  const std::shared_ptr<const SecurityContext> caller_token_;
  v1::JobFilter filter_;  // Constant once the call has begun.
  bool begun_ ABSL_GUARDED_BY(mutex_) = false;
  bool watching_sent_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t position_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<v1::WatchJobsResponse> pending_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_WATCH_CALL_H_
