#ifndef PROCTOR_AGENT_RPC_RUN_CALL_H_
#define PROCTOR_AGENT_RPC_RUN_CALL_H_

#include <memory>

#include "absl/types/optional.h"
#include "agent/rpc/admitted_call.h"
#include "agent/rpc/agent_core.h"
#include "agent/rpc/output_tail.h"
#include "agent/rpc/stream_call.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// Agent.Run: the launch, the output as it comes, the main process's end, the final record.
class RunCall final : public StreamCall<v1::RunResponse> {
 public:
  static grpc::ServerWriteReactor<v1::RunResponse>* Start(const AgentCore& core,
                                                          AdmittedCall admitted,
                                                          const v1::RunRequest& request);

 protected:
  Step Next(v1::RunResponse* message, grpc::Status* status) override
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Release() override;

 private:
  RunCall(const AgentCore& core, const Principal& caller, const v1::RunRequest& request);

  void Launch(const std::shared_ptr<const CallerToken>& caller, const v1::LaunchSpec& spec);
  // In these the call may be over, and gRPC done with it: nothing that it takes may keep the job.
  void Prepared(const std::shared_ptr<const CallerToken>& caller, LaunchOrder order);
  void Launched(const LaunchOutcome& outcome);
  void Refuse(const CallerToken& caller, const absl::Status& status);
  // True: `message` is output. Sets `*status` to fail the call.
  bool NextOutput(v1::RunResponse* message, grpc::Status* status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  // DATA_LOSS when the spool holds less than the record says.
  absl::Status CheckKept(const v1::ExitRecord& exit) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  bool MoreAlready(const JobView& view) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const AgentCore& core_;
  const uint64_t offsets_[2];
  const bool spooled_[2];
  std::shared_ptr<JobSubscription> subscription_ ABSL_GUARDED_BY(mutex_);
  absl::optional<v1::LaunchResponse> launched_ ABSL_GUARDED_BY(mutex_);
  absl::optional<OutputTail> tails_[2] ABSL_GUARDED_BY(mutex_);
  int next_stream_ ABSL_GUARDED_BY(mutex_) = 0;
  bool main_exit_sent_ ABSL_GUARDED_BY(mutex_) = false;
  bool finish_sent_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_RUN_CALL_H_
