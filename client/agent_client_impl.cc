#include "client/agent_client_impl.h"

#include <grpc/support/time.h>

#include <algorithm>
#include <chrono>
#include <stop_token>

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

// How long a repeated attempt waits for the connection before it asks for the error instead.
constexpr absl::Duration kReconnectWait = absl::Milliseconds(200);

gpr_timespec FromNow(absl::Duration duration) {
  return gpr_time_from_nanos(absl::ToInt64Nanoseconds(std::max(duration, absl::ZeroDuration())),
                             GPR_TIMESPAN);
}

void WaitForConnection(grpc::Channel& channel, absl::Duration timeout) {
  channel.WaitForConnected(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), FromNow(timeout)));
}

}  // namespace

RetryLoop AgentClient::Impl::NewLoop(const CallOptions& call, Repeat repeat) {
  // A call that must not be sent twice cannot find out by failing whether the agent is there yet.
  if (repeat == Repeat::kNever && options_.connect_timeout > absl::ZeroDuration() &&
      !reached_.load(std::memory_order_relaxed)) {
    WaitForConnection(*channel_, options_.connect_timeout);
  }
  return RetryLoop(options_, call, repeat, &reached_, Clock::Real());
}

absl::Status AgentClient::Impl::Attempt(
    RetryLoop& loop, const std::function<grpc::Status(grpc::ClientContext*)>& call) {
  if (loop.cancelled()) return absl::CancelledError("cancelled by the caller");
  if (loop.failures() > 0) WaitForConnection(*channel_, kReconnectWait);
  const bool connected = channel_->GetState(false) == GRPC_CHANNEL_READY;
  const absl::Duration start = Clock::Real()->Monotonic();
  grpc::ClientContext context;
  const absl::optional<absl::Duration> remaining = loop.Remaining();
  if (remaining.has_value()) context.set_deadline(FromNow(*remaining));
  const std::stop_callback cancel(loop.stop(), [&context] { context.TryCancel(); });
  const grpc::Status result = call(&context);
  if (result.error_code() == grpc::UNAVAILABLE && connected &&
      Clock::Real()->Monotonic() - start >= options_.retry.max_backoff) {
    loop.Heard();  // The call was with the agent for a while; only now the agent went away.
  } else if (result.error_code() != grpc::UNAVAILABLE || !result.error_details().empty() ||
             channel_->GetState(false) != GRPC_CHANNEL_TRANSIENT_FAILURE) {
    loop.Reached();  // Answered, refused by the agent, or cut off: no failure to connect.
  }
  if (result.ok()) return absl::OkStatus();
  return StatusFromGrpc(result.error_code(), result.error_message(), result.error_details());
}

absl::Status AgentClient::Impl::CheckJobExists(const std::string& job_id, RetryLoop& loop) {
  v1::GetJobRequest request;
  request.set_job_id(job_id);
  const absl::StatusOr<v1::GetJobResponse> response =
      Unary(*agent_, &v1::Agent::Stub::GetJob, request, loop);
  if (!absl::IsNotFound(response.status())) return response.status();
  return absl::DataLossError(
      absl::StrCat("the record of job ", job_id,
                   " was deleted while the connection was away; how the job ended is unknown"));
}

}  // namespace proctor
