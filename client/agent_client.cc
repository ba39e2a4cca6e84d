#include "client/agent_client.h"

#include <grpc/grpc.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/support/channel_arguments.h>

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/agent_client_impl.h"
#include "client/local_agent.h"
#include "client/logon_handshake.h"
#include "client/negotiate_handshake.h"
#include "client/request_id.h"
#include "client/ticket_handshake.h"

namespace proctor {
namespace {

constexpr int kMostJobsInPage = 1000;

grpc::ChannelArguments Arguments(const ClientOptions& options) {
  grpc::ChannelArguments arguments;
  arguments.SetMaxReceiveMessageSize(-1);
  // A client is one connection of its own, with its own state of reconnecting.
  arguments.SetInt(GRPC_ARG_USE_LOCAL_SUBCHANNEL_POOL, 1);
  arguments.SetInt(GRPC_ARG_ENABLE_HTTP_PROXY, 0);
  arguments.SetInt(GRPC_ARG_SERVICE_CONFIG_DISABLE_RESOLUTION, 1);
  arguments.SetInt(GRPC_ARG_INITIAL_RECONNECT_BACKOFF_MS, 100);
  arguments.SetInt(GRPC_ARG_MAX_RECONNECT_BACKOFF_MS,
                   static_cast<int>(std::max<int64_t>(
                       100, absl::ToInt64Milliseconds(options.retry.max_backoff))));
  return arguments;
}

// gRPC stays up for the life of the process. Its shutdown, which the last channel to go would
// start, joins a thread that may sit in a poll of ten seconds (the backup poller of an unfinished
// write).
void KeepGrpc() {
  static const bool kept = [] {
    grpc_init();
    return true;
  }();
  (void)kept;
}

// Where sessions come from; null where the kernel names the caller.
absl::StatusOr<std::shared_ptr<HandshakeSource>> SourceOf(const ClientOptions& options) {
  if (options.handshake_source != nullptr) return options.handshake_source;
  if (options.ticket_source != nullptr) {
    return std::make_shared<TicketHandshakeSource>(options.ticket_source);
  }
  const absl::StatusOr<std::string> normalized = NormalizeTarget(options.target);
  if (!normalized.ok()) return normalized.status();
  absl::string_view target = *normalized;
  if (options.logon.has_value() && !absl::StartsWith(target, "tls:")) {
    return absl::InvalidArgumentError(absl::StrCat(
        "a logon with a password needs an agent that is reached over TLS, HOST[:PORT], not ",
        target));
  }
  if (absl::ConsumePrefix(&target, "pipe:")) {
    absl::StatusOr<std::shared_ptr<TicketSource>> tickets = PipeTickets(target);
    if (!tickets.ok()) return tickets.status();
    return std::make_shared<TicketHandshakeSource>(*std::move(tickets));
  }
  if (!absl::ConsumePrefix(&target, "tls:")) return std::shared_ptr<HandshakeSource>();
  if (options.logon.has_value()) {
    if (options.tls.require_delegation) {
      return absl::InvalidArgumentError(
          "delegation is required, and a logon with a password hands no credentials over");
    }
    return std::make_shared<LogonHandshakeSource>(std::string(target), options.tls.trust,
                                                  *options.logon);
  }
  NegotiateHandshakeSource::Options negotiate;
  negotiate.endpoint = std::string(target);
  negotiate.trust = options.tls.trust;
  negotiate.service_principal = options.tls.service_principal;
  negotiate.delegate = options.tls.delegate;
  negotiate.require_delegation = options.tls.require_delegation;
  negotiate.allow_ntlm = options.tls.allow_ntlm;
  return std::make_shared<NegotiateHandshakeSource>(std::move(negotiate));
}

}  // namespace

AgentClient::AgentClient(std::unique_ptr<Impl> impl) : impl_(std::move(impl)) {}
AgentClient::~AgentClient() = default;

absl::StatusOr<std::unique_ptr<AgentClient>> AgentClient::Connect(Options options) {
  KeepGrpc();
  const grpc::ChannelArguments arguments = Arguments(options);
  absl::StatusOr<std::shared_ptr<HandshakeSource>> source = SourceOf(options);
  if (!source.ok()) return source.status();
  if (*source != nullptr) {
    auto sessions = std::make_unique<SessionHolder>(*std::move(source), arguments);
    return std::unique_ptr<AgentClient>(
        new AgentClient(std::make_unique<Impl>(std::move(options), std::move(sessions))));
  }
  const absl::StatusOr<std::string> target = NormalizeTarget(options.target);
  if (!target.ok()) return target.status();
  std::shared_ptr<grpc::Channel> channel =
      grpc::CreateCustomChannel(*target, grpc::InsecureChannelCredentials(), arguments);
  return std::unique_ptr<AgentClient>(
      new AgentClient(std::make_unique<Impl>(std::move(options), std::move(channel))));
}

std::shared_ptr<grpc::Channel> AgentClient::channel() const {
  return impl_->channel({}).value_or(nullptr);
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> AgentClient::AuthenticatedChannel(
    const CallOptions& options) {
  return impl_->channel(options);
}

absl::optional<ServerIdentity> AgentClient::server_identity() const {
  return impl_->server_identity();
}

absl::optional<DelegationResult> AgentClient::delegation() const { return impl_->delegation(); }

absl::StatusOr<v1::LaunchResponse> AgentClient::Launch(const v1::LaunchRequest& request,
                                                       const CallOptions& options) {
  if (request.spec().request_id().empty() && impl_->options().make_request_id) {
    v1::LaunchRequest complete = request;
    complete.mutable_spec()->set_request_id(MakeRequestId());
    return impl_->Repeatable(&v1::Agent::Stub::Launch, complete, options);
  }
  RetryLoop loop = impl_->NewLoop(
      options, request.spec().request_id().empty() ? Repeat::kNever : Repeat::kIdempotent);
  return impl_->Unary(&v1::Agent::Stub::Launch, request, loop);
}

absl::StatusOr<v1::WaitResponse> AgentClient::Wait(const v1::WaitRequest& request,
                                                   const CallOptions& options) {
  return impl_->Repeatable(&v1::Agent::Stub::Wait, request, options);
}

absl::StatusOr<v1::KillResponse> AgentClient::Kill(const v1::KillRequest& request,
                                                   const CallOptions& options) {
  return impl_->Repeatable(&v1::Agent::Stub::Kill, request, options);
}

absl::StatusOr<v1::GetJobResponse> AgentClient::GetJob(const v1::GetJobRequest& request,
                                                       const CallOptions& options) {
  return impl_->Repeatable(&v1::Agent::Stub::GetJob, request, options);
}

absl::StatusOr<v1::ListJobsResponse> AgentClient::ListJobs(const v1::ListJobsRequest& request,
                                                           const CallOptions& options) {
  return impl_->Repeatable(&v1::Agent::Stub::ListJobs, request, options);
}

absl::Status AgentClient::ForEachJob(const v1::JobFilter& filter,
                                     const std::function<bool(const v1::Job&)>& on_job,
                                     const CallOptions& options) {
  v1::ListJobsRequest request;
  *request.mutable_filter() = filter;
  request.set_page_size(kMostJobsInPage);
  RetryLoop loop = impl_->NewLoop(options, Repeat::kIdempotent);
  do {
    const absl::StatusOr<v1::ListJobsResponse> page =
        impl_->Unary(&v1::Agent::Stub::ListJobs, request, loop);
    if (!page.ok()) return page.status();
    loop.Heard();
    for (const v1::Job& job : page->jobs()) {
      if (!on_job(job)) return absl::OkStatus();
    }
    request.set_page_token(page->next_page_token());
  } while (!request.page_token().empty());
  return absl::OkStatus();
}

absl::StatusOr<std::vector<v1::Job>> AgentClient::ListAllJobs(const v1::JobFilter& filter,
                                                              const CallOptions& options) {
  std::vector<v1::Job> jobs;
  absl::Status status = ForEachJob(
      filter,
      [&jobs](const v1::Job& job) {
        jobs.push_back(job);
        return true;
      },
      options);
  if (!status.ok()) return status;
  return jobs;
}

absl::StatusOr<v1::SignalResponse> AgentClient::Signal(const v1::SignalRequest& request,
                                                       const CallOptions& options) {
  RetryLoop loop = impl_->NewLoop(options, Repeat::kNever);
  return impl_->Unary(&v1::Agent::Stub::Signal, request, loop);
}

absl::StatusOr<v1::DeleteJobResponse> AgentClient::DeleteJob(const v1::DeleteJobRequest& request,
                                                             const CallOptions& options) {
  RetryLoop loop = impl_->NewLoop(options, Repeat::kIdempotent);
  absl::StatusOr<v1::DeleteJobResponse> response =
      impl_->Unary(&v1::Agent::Stub::DeleteJob, request, loop);
  // The first attempt may have deleted the job before its answer was lost.
  if (absl::IsNotFound(response.status()) && loop.failures() > 1) return v1::DeleteJobResponse();
  return response;
}

absl::StatusOr<v1::UpdateJobResponse> AgentClient::UpdateJob(const v1::UpdateJobRequest& request,
                                                             const CallOptions& options) {
  return impl_->Repeatable(&v1::Agent::Stub::UpdateJob, request, options);
}

absl::StatusOr<v1::DescribeAgentResponse> AgentClient::DescribeAgent(const CallOptions& options) {
  return impl_->Repeatable(&v1::Agent::Stub::DescribeAgent, v1::DescribeAgentRequest(), options);
}

absl::StatusOr<v1::WhoAmIResponse> AgentClient::WhoAmI(const CallOptions& options) {
  RetryLoop loop = impl_->NewLoop(options, Repeat::kIdempotent);
  return impl_->Unary(&v1::Authentication::Stub::WhoAmI, v1::WhoAmIRequest(), loop);
}

}  // namespace proctor
