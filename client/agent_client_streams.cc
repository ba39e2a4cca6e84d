// The streaming calls of AgentClient, each taken up again where it broke.

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/agent_client.h"
#include "client/agent_client_impl.h"
#include "client/request_id.h"
#include "client/run_progress.h"
#include "client/status_from_grpc.h"
#include "common/proto_time.h"

namespace proctor {
namespace {

// Breaks a stream off because the callback wants no more; never leaves this file.
absl::Status StoppedByCaller() { return absl::AbortedError("stopped by the caller"); }

// A stream that ends well without its last message has been cut by something in between.
absl::Status CutShort(const absl::Status& status) {
  return status.ok() ? absl::UnavailableError("the agent ended the stream early") : status;
}

// Whether a run ends with the call it was started by: the agent's defaults for it are KILL, at
// once.
bool EndsWithItsCall(const v1::LaunchSpec& spec) {
  const v1::OnCallerGone& gone = spec.on_caller_gone();
  return gone.action() != v1::OnCallerGone::KEEP &&
         FromDurationProto(gone.after()) <= absl::ZeroDuration();
}

}  // namespace

absl::StatusOr<v1::ExitRecord> AgentClient::Run(const v1::LaunchSpec& spec,
                                                const RunCallbacks& callbacks,
                                                const CallOptions& options) {
  v1::RunRequest request;
  *request.mutable_spec() = spec;
  if (spec.request_id().empty() && impl_->options().make_request_id) {
    request.mutable_spec()->set_request_id(MakeRequestId());
  }
  const bool repeatable = !request.spec().request_id().empty();
  RetryLoop loop = impl_->NewLoop(options, repeatable ? Repeat::kIdempotent : Repeat::kNever);
  RunProgress progress(callbacks);
  std::shared_ptr<SessionKeeper> keeper;
  for (;;) {
    absl::Status status;
    if (!progress.job_id().empty()) {
      // Without its record the same request id would start the program a second time.
      status = impl_->CheckJobExists(progress.job_id(), loop);
      if (!status.ok()) return status;
    }
    progress.FillOffsets(&request);
    grpc::Status ended;
    status = impl_->Stream<v1::RunResponse>(
        loop,
        [&](grpc::ClientContext* context) {
          return impl_->connection()->agent().Run(context, request);
        },
        [&](v1::RunResponse* response) {
          // The agent ends the job with the connection: it is not to close that.
          if (keeper == nullptr) keeper = impl_->KeepSession();
          const uint64_t before = progress.steps();
          absl::Status accepted = progress.Accept(response);
          if (progress.steps() > before) loop.Heard();
          return accepted;
        },
        &ended);
    if (progress.finished().has_value()) return *progress.finished();
    // Where the agent had seen the call it ends the job, whose caller is gone to it: the same
    // request again would report that as the job's own end.
    if (EndsWithItsCall(spec) &&
        EndedForRoom(ended.error_code(), ended.error_message(), ended.error_details())) {
      return status;
    }
    status = loop.Next(CutShort(status));
    if (!status.ok()) return status;
  }
}

absl::StatusOr<v1::StreamUsage> AgentClient::ReadOutput(
    const v1::ReadOutputRequest& request,
    const std::function<bool(const v1::OutputChunk&)>& on_chunk, const CallOptions& options) {
  v1::ReadOutputRequest rest = request;
  OutputCursor cursor(request.offset());
  v1::StreamUsage usage;
  bool stopped = false;
  RetryLoop loop = impl_->NewLoop(options, Repeat::kIdempotent);
  const auto accept = [&](v1::ReadOutputResponse* response) {
    if (response->has_usage()) usage = response->usage();
    if (!response->has_chunk()) return absl::OkStatus();
    absl::Status status = cursor.Accept(response->mutable_chunk());
    if (!status.ok() || response->chunk().data().empty()) return status;
    loop.Heard();
    stopped = !on_chunk(response->chunk());
    return stopped ? StoppedByCaller() : absl::OkStatus();
  };
  for (;;) {
    absl::Status status = impl_->Stream<v1::ReadOutputResponse>(
        loop,
        [&](grpc::ClientContext* context) {
          return impl_->connection()->agent().ReadOutput(context, rest);
        },
        accept);
    if (status.ok() || stopped) return usage;
    status = loop.Next(status);
    if (!status.ok()) return status;
    if (request.limit() > 0) {
      const uint64_t received = cursor.offset() - request.offset();
      if (received >= request.limit()) return usage;
      rest.set_limit(request.limit() - received);
    }
    rest.set_offset(cursor.offset());
  }
}

absl::Status AgentClient::WatchJobs(
    const v1::WatchJobsRequest& request,
    const std::function<bool(const v1::WatchJobsResponse&)>& on_event, const CallOptions& options) {
  v1::WatchJobsRequest rest = request;
  bool watching = false;
  bool stopped = false;
  RetryLoop loop = impl_->NewLoop(options, Repeat::kIdempotent);
  std::string told_life;
  const auto accept = [&](v1::WatchJobsResponse* event) {
    rest.set_after_sequence(event->sequence());
    rest.set_agent_life(event->agent_life());
    const bool repeated = event->kind() == v1::WatchJobsResponse::WATCHING && watching &&
                          event->agent_life() == told_life;
    watching = true;
    told_life = event->agent_life();
    if (repeated) return absl::OkStatus();
    loop.Heard();
    stopped = !on_event(*event);
    return stopped ? StoppedByCaller() : absl::OkStatus();
  };
  for (;;) {
    absl::Status status = impl_->Stream<v1::WatchJobsResponse>(
        loop,
        [&](grpc::ClientContext* context) {
          return impl_->connection()->agent().WatchJobs(context, rest);
        },
        accept);
    if (stopped) return absl::OkStatus();
    if (absl::IsOutOfRange(status) && watching) {
      const absl::StatusOr<v1::DescribeAgentResponse> agent =
          impl_->Unary(&v1::Agent::Stub::DescribeAgent, v1::DescribeAgentRequest(), loop);
      if (!agent.ok()) return agent.status();
      // Of the same life, events are gone.
      if (agent->agent_life() == rest.agent_life()) return status;
      rest.set_agent_life(agent->agent_life());
      rest.set_after_sequence(0);
      continue;
    }
    status = loop.Next(CutShort(status));
    if (!status.ok()) return status;
  }
}

}  // namespace proctor
