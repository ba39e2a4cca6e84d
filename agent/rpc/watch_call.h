#ifndef PROCTOR_AGENT_RPC_WATCH_CALL_H_
#define PROCTOR_AGENT_RPC_WATCH_CALL_H_

#include <grpcpp/support/byte_buffer.h>

#include <cstdint>
#include <deque>
#include <memory>

#include "absl/types/optional.h"
#include "agent/job/event_ring.h"
#include "agent/job/job_filter.h"
#include "agent/rpc/admitted_call.h"
#include "agent/rpc/agent_core.h"
#include "agent/rpc/stream_call.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// Agent.WatchJobs. Messages are bytes that all watchers share: an event is serialised once.
class WatchCall final : public StreamCall<grpc::ByteBuffer> {
 public:
  static grpc::ServerWriteReactor<grpc::ByteBuffer>* Start(const AgentCore& core,
                                                           AdmittedCall admitted,
                                                           const v1::WatchJobsRequest& request);

 protected:
  Step Next(grpc::ByteBuffer* message, grpc::Status* status) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Release() override;

 private:
  WatchCall(const AgentCore& core, const CallerToken& caller);
  // `filter` is the request's, with the owner's key.
  absl::Status Begin(JobFilter filter, const v1::WatchJobsRequest& request);
  void Refuse(const CallerToken& caller, const absl::Status& status);

  const AgentCore& core_;
  const std::shared_ptr<const Principal> caller_;
  const std::shared_ptr<const SecurityContext> caller_token_;
  std::atomic<bool> waking_ = false;                          // OnChange is on its way.
  absl::optional<JobFilter> filter_ ABSL_GUARDED_BY(mutex_);  // Set when the call has begun.
  bool watching_sent_ ABSL_GUARDED_BY(mutex_) = false;
  uint64_t position_ ABSL_GUARDED_BY(mutex_) = 0;
  std::deque<EventRing::EventPtr> pending_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_WATCH_CALL_H_
