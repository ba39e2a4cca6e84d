#ifndef PROCTOR_AGENT_RPC_READ_OUTPUT_CALL_H_
#define PROCTOR_AGENT_RPC_READ_OUTPUT_CALL_H_

#include <cstdint>
#include <memory>

#include "absl/types/optional.h"
#include "agent/rpc/admitted_call.h"
#include "agent/rpc/agent_core.h"
#include "agent/rpc/output_tail.h"
#include "agent/rpc/stream_call.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// Agent.ReadOutput.
class ReadOutputCall final : public StreamCall<v1::ReadOutputResponse> {
 public:
  static grpc::ServerWriteReactor<v1::ReadOutputResponse>* Start(
      const AgentCore& core, AdmittedCall admitted, const v1::ReadOutputRequest& request);

 protected:
  Step Next(v1::ReadOutputResponse* message, grpc::Status* status) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Release() override;

 private:
  ReadOutputCall(const AgentCore& core, const Principal& caller,
                 const v1::ReadOutputRequest& request);
  absl::Status Begin(const AgentCore& core, const CallerToken& caller,
                     const v1::ReadOutputRequest& request);
  // Bytes that the spool holds of the stream, as far as `view` or the record tells.
  uint64_t Kept(const JobView& view) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void FillLast(bool final, v1::ReadOutputResponse* message) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const bool follow_;
  uint64_t left_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<JobSubscription> subscription_ ABSL_GUARDED_BY(mutex_);
  absl::optional<OutputTail> tail_ ABSL_GUARDED_BY(mutex_);
  bool last_sent_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_READ_OUTPUT_CALL_H_
