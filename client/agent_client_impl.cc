#include "client/agent_client_impl.h"

#include <grpc/support/time.h>

#include <algorithm>
#include <chrono>
#include <stop_token>

#include "absl/strings/cord.h"
#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

// How long a repeated attempt waits for the connection before it asks for the error instead.
constexpr absl::Duration kReconnectWait = absl::Milliseconds(200);
// Connecting, TLS, key distribution centres and the handshake together.
constexpr absl::Duration kSessionTimeout = absl::Seconds(10);

gpr_timespec FromNow(absl::Duration duration) {
  return gpr_time_from_nanos(absl::ToInt64Nanoseconds(std::max(duration, absl::ZeroDuration())),
                             GPR_TIMESPAN);
}

// The same with another code.
absl::Status WithCode(absl::StatusCode code, const absl::Status& status) {
  absl::Status result(code, status.message());
  status.ForEachPayload([&result](absl::string_view type, const absl::Cord& payload) {
    result.SetPayload(type, payload);
  });
  return result;
}

void WaitForConnection(grpc::Channel& channel, absl::Duration timeout) {
  channel.WaitForConnected(gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC), FromNow(timeout)));
}

}  // namespace

RetryLoop AgentClient::Impl::NewLoop(const CallOptions& call, Repeat repeat) {
  // A call that must not be sent twice cannot find out by failing whether the agent is there yet.
  if (sessions_ == nullptr && repeat == Repeat::kNever &&
      options_.connect_timeout > absl::ZeroDuration() &&
      !reached_.load(std::memory_order_relaxed)) {
    WaitForConnection(*connection()->channel(), options_.connect_timeout);
  }
  return RetryLoop(options_, call, repeat, &reached_, Clock::Real());
}

std::shared_ptr<SessionKeeper> AgentClient::Impl::KeepSession() {
  if (sessions_ == nullptr) return nullptr;
  MutexLock lock(&mutex_);
  std::shared_ptr<SessionKeeper> keeper = keeper_.lock();
  if (keeper == nullptr) {
    keeper = std::make_shared<SessionKeeper>(sessions_.get());
    keeper_ = keeper;
  }
  return keeper;
}

std::shared_ptr<AgentConnection> AgentClient::Impl::connection() const {
  MutexLock lock(&mutex_);
  return connection_;
}

absl::StatusOr<std::shared_ptr<grpc::Channel>> AgentClient::Impl::channel(
    const CallOptions& options) {
  if (sessions_ == nullptr) return connection()->channel();
  RetryLoop loop = NewLoop(options, Repeat::kIdempotent);
  while (true) {
    absl::Status opened = OpenSession(loop).status();
    if (opened.ok()) break;
    opened = loop.Next(opened);
    if (!opened.ok()) return opened;
  }
  loop.Reached();
  return connection()->channel();
}

absl::optional<ServerIdentity> AgentClient::Impl::server_identity() const {
  MutexLock lock(&mutex_);
  if (tls_connection_ == nullptr) return absl::nullopt;
  const ServerTrust& trust = tls_connection_->trust();
  return ServerIdentity{trust.certificate_sha256().value_or(""), trust.policy()};
}

absl::optional<DelegationResult> AgentClient::Impl::delegation() const {
  MutexLock lock(&mutex_);
  if (tls_connection_ == nullptr) return absl::nullopt;
  const std::shared_ptr<SessionLease> lease = tls_connection_->lease();
  return lease == nullptr ? absl::nullopt : lease->delegation();
}

absl::StatusOr<std::shared_ptr<TlsConnection>> AgentClient::Impl::OpenSession(
    const RetryLoop& loop) {
  SessionPatience patience;
  patience.timeout = loop.SessionTimeout(kSessionTimeout);
  patience.at_most = loop.Remaining().value_or(absl::InfiniteDuration());
  patience.stop = loop.stop();
  patience.on_waiting = options_.on_waiting;
  absl::StatusOr<std::shared_ptr<TlsConnection>> opened = sessions_->Get(patience);
  if (absl::IsUnavailable(opened.status()) &&
      loop.Remaining().value_or(absl::InfiniteDuration()) <= absl::ZeroDuration()) {
    return WithCode(absl::StatusCode::kDeadlineExceeded, opened.status());
  }
  if (!opened.ok()) return opened;
  MutexLock lock(&mutex_);
  connection_ = *opened;
  tls_connection_ = *opened;
  return opened;
}

absl::Status AgentClient::Impl::Attempt(
    RetryLoop& loop, const std::function<grpc::Status(grpc::ClientContext*)>& call) {
  if (loop.cancelled()) return absl::CancelledError("cancelled by the caller");
  if (sessions_ == nullptr) {
    const grpc::Status result = Send(loop, call);
    return StatusFromGrpc(result.error_code(), result.error_message(), result.error_details());
  }
  for (bool again = false;; again = true) {
    const absl::StatusOr<std::shared_ptr<TlsConnection>> session = OpenSession(loop);
    if (!session.ok()) return session.status();
    const std::shared_ptr<SessionLease> lease = (*session)->lease();
    const grpc::Status result = Send(loop, call);
    if (result.error_code() != grpc::UNAUTHENTICATED) {
      return StatusFromGrpc(result.error_code(), result.error_message(), result.error_details());
    }
    // The session went with a connection whose end is not known here yet. The agent has done
    // nothing of the call.
    if (lease != nullptr) (*session)->Drop(lease);
    // That of a new one, too: its connection broke between the session and the call.
    if (again) {
      return absl::UnavailableError(absl::StrCat("the session ended: ", result.error_message()));
    }
  }
}

grpc::Status AgentClient::Impl::Send(
    RetryLoop& loop, const std::function<grpc::Status(grpc::ClientContext*)>& call) {
  const std::shared_ptr<grpc::Channel> channel = connection()->channel();
  if (loop.failures() > 0) WaitForConnection(*channel, kReconnectWait);
  const bool connected = channel->GetState(false) == GRPC_CHANNEL_READY;
  const absl::Duration start = Clock::Real()->Monotonic();
  grpc::ClientContext context;
  const absl::optional<absl::Duration> remaining = loop.Remaining();
  if (remaining.has_value()) context.set_deadline(FromNow(*remaining));
  const std::stop_callback cancel(loop.stop(), [&context] { context.TryCancel(); });
  const grpc::Status result = call(&context);
  const bool broken =
      result.error_code() == grpc::UNAVAILABLE || result.error_code() == grpc::CANCELLED;
  if (broken && connected && Clock::Real()->Monotonic() - start >= options_.retry.max_backoff) {
    loop.Heard();  // The call was with the agent for a while; only now the agent went away.
  } else if (result.error_code() != grpc::UNAVAILABLE || !result.error_details().empty() ||
             channel->GetState(false) != GRPC_CHANNEL_TRANSIENT_FAILURE) {
    loop.Reached();  // Answered, refused by the agent, or cut off: no failure to connect.
  }
  return result;
}

absl::Status AgentClient::Impl::CheckJobExists(const std::string& job_id, RetryLoop& loop) {
  v1::GetJobRequest request;
  request.set_job_id(job_id);
  const absl::StatusOr<v1::GetJobResponse> response =
      Unary(&v1::Agent::Stub::GetJob, request, loop);
  if (!absl::IsNotFound(response.status())) return response.status();
  return absl::DataLossError(
      absl::StrCat("the record of job ", job_id,
                   " was deleted while the connection was away; how the job ended is unknown"));
}

}  // namespace proctor
