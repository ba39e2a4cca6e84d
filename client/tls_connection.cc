#include "client/tls_connection.h"

#include <grpc/support/time.h>
#include <grpcpp/create_channel.h>
#include <grpcpp/security/credentials.h>
#include <grpcpp/security/tls_credentials_options.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "client/certificate_verifier.h"
#include "client/session_credentials.h"
#include "common/clock.h"
#include "common/proto_time.h"
#include "common/secure_random.h"
#include "common/ticket_proof.h"

namespace proctor {
namespace {

// A cut connection is noticed after at most the sum.
constexpr int kKeepaliveTimeMs = 20'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
// Of a session's life, after which the next call opens a new one.
constexpr double kRenewalPoint = 0.9;
// For the connection, TLS included; and for the agent's part of the handshake.
constexpr absl::Duration kConnectTimeout = absl::Seconds(10);
constexpr absl::Duration kAgentTimeout = absl::Seconds(10);
// gRPC's wait for a change cannot be ended by anybody: it is taken in pieces.
constexpr absl::Duration kConnectPiece = absl::Milliseconds(50);
// A channel that cannot connect fails a call at once.
constexpr absl::Duration kProblemTimeout = absl::Milliseconds(500);

std::shared_ptr<grpc::ChannelCredentials> Credentials(const std::shared_ptr<ServerTrust>& trust,
                                                      const std::shared_ptr<SessionSlot>& slot) {
  grpc::experimental::TlsChannelCredentialsOptions options;
  // The verifier decides alone, by the channel's trust policy.
  options.set_verify_server_certs(false);
  options.set_check_call_host(false);
  options.set_certificate_verifier(
      grpc::experimental::ExternalCertificateVerifier::Create<CertificateVerifier>(trust));
  return grpc::CompositeChannelCredentials(
      grpc::experimental::TlsCredentials(options),
      grpc::MetadataCredentialsFromPlugin(std::make_unique<SessionCredentials>(trust, slot)));
}

gpr_timespec At(absl::Duration monotonic) {
  const absl::Duration rest =
      std::max(monotonic - Clock::Real()->Monotonic(), absl::ZeroDuration());
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_nanos(absl::ToInt64Nanoseconds(rest), GPR_TIMESPAN));
}

}  // namespace

std::shared_ptr<TlsConnection> TlsConnection::Make(const std::string& endpoint,
                                                   const std::string& target,
                                                   const TrustPolicy& policy,
                                                   grpc::ChannelArguments arguments) {
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  arguments.SetInt(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  arguments.SetInt(GRPC_ARG_HTTP2_MAX_PINGS_WITHOUT_DATA, 0);
  arguments.SetString(GRPC_ARG_DEFAULT_AUTHORITY, endpoint);
  auto trust = std::make_shared<ServerTrust>(policy);
  auto slot = std::make_shared<SessionSlot>();
  auto channel = grpc::CreateCustomChannel(target, Credentials(trust, slot), arguments);
  return std::shared_ptr<TlsConnection>(
      new TlsConnection(endpoint, target, std::move(trust), std::move(slot), std::move(channel)));
}

TlsConnection::TlsConnection(std::string endpoint, std::string target,
                             std::shared_ptr<ServerTrust> trust, std::shared_ptr<SessionSlot> slot,
                             std::shared_ptr<grpc::Channel> channel)
    : AgentConnection(std::move(channel)),
      endpoint_(std::move(endpoint)),
      target_(std::move(target)),
      trust_(std::move(trust)),
      slot_(std::move(slot)) {}

bool TlsConnection::Fits(const HandshakePlan& plan) const {
  return plan.endpoint == endpoint_ && plan.trust == trust_->policy();
}

bool TlsConnection::connected() const {
  return channel()->GetState(/*try_to_connect=*/false) == GRPC_CHANNEL_READY;
}

// Not by a wait-for-ready call: that would hide why there is no connection.
absl::Status TlsConnection::AwaitConnected(const OpeningTerms& terms) const {
  const absl::Status late =
      absl::UnavailableError(absl::StrCat("no connection to ", endpoint_, " in time"));
  terms.on_awaiting({absl::StrCat("a connection to ", endpoint_), late});
  const absl::Duration end = Clock::Real()->Monotonic() + kConnectTimeout;
  bool tried = false;
  while (true) {
    const grpc_connectivity_state state = channel()->GetState(/*try_to_connect=*/true);
    if (state == GRPC_CHANNEL_READY) return absl::OkStatus();
    // A failure from before this attempt is waited out.
    if (state != GRPC_CHANNEL_TRANSIENT_FAILURE) tried = true;
    if (state == GRPC_CHANNEL_TRANSIENT_FAILURE) {
      if (absl::Status refused = trust_->last_error(); !refused.ok()) return refused;
      if (tried) {
        return absl::UnavailableError(
            absl::StrCat("cannot connect to ", endpoint_, ConnectionProblem()));
      }
    }
    if (terms.stop.stop_requested()) return absl::CancelledError("nobody waits any more");
    const absl::Duration now = Clock::Real()->Monotonic();
    if (now >= end) return late;
    channel()->WaitForStateChange(state, At(std::min(end, now + kConnectPiece)));
  }
}

// gRPC tells it only to a call that fails for it. Should the channel connect meanwhile, a call
// without a session is not sent, and this one changes nothing.
std::string TlsConnection::ConnectionProblem() const {
  grpc::ClientContext context;
  context.set_deadline(At(Clock::Real()->Monotonic() + kProblemTimeout));
  v1::WhoAmIResponse response;
  const grpc::Status status = authentication().WhoAmI(&context, v1::WhoAmIRequest(), &response);
  if (status.error_code() != grpc::UNAVAILABLE) return "";
  // "failed to connect to all addresses; last error: UNKNOWN: ipv4:127.0.0.1:1: Failed to connect
  // to remote host: Connection refused", without what gRPC adds for its own developers.
  const std::string message = status.error_message();
  absl::string_view problem = message;
  constexpr absl::string_view kLast = "last error: UNKNOWN: ";
  constexpr absl::string_view kConnect = "Failed to connect to remote host: ";
  for (const absl::string_view before : {kLast, kConnect}) {
    const size_t found = problem.find(before);
    if (found != absl::string_view::npos) problem.remove_prefix(found + before.size());
  }
  return absl::StrCat(": ", problem);
}

absl::Status TlsConnection::Authenticate(std::unique_ptr<ClientHandshake> handshake,
                                         const OpeningTerms& opening) {
  if (absl::Status connected = AwaitConnected(opening); !connected.ok()) return connected;
  absl::StatusOr<std::string> binding = trust_->binding();
  if (!binding.ok()) return binding.status();
  ClientHandshakeTerms terms;
  terms.binding = *std::move(binding);
  terms.client_nonce = SecureRandomBytes(kNonceSize);
  terms.certificate_trusted = trust_->policy().vouches() || trust_->proven();
  terms.stop = opening.stop;
  terms.on_awaiting = opening.on_awaiting;
  absl::StatusOr<v1::AuthenticateRequest> first = handshake->Begin(terms);
  if (!first.ok()) return first.status();
  first->set_client_nonce(terms.client_nonce);
  first->set_binding(terms.binding);
  opening.on_awaiting(
      {absl::StrCat("the agent at ", endpoint_),
       absl::UnavailableError("the agent did not answer the authentication in time")});
  auto lease =
      std::make_shared<SessionLease>(authentication(), *std::move(first), std::move(handshake));
  const absl::StatusOr<v1::SessionEstablished> session =
      lease->AwaitSession(kAgentTimeout, opening.stop);
  if (!session.ok()) return session.status();
  trust_->Prove();
  slot_->Set(session->session_id());
  {
    MutexLock lock(&mutex_);
    previous_.swap(lease_);
    lease_.swap(lease);
    renew_at_ = Clock::Real()->Monotonic() + FromDurationProto(session->life()) * kRenewalPoint;
  }
  // `lease` is the one before the previous, and ends here.
  return absl::OkStatus();
}

bool TlsConnection::session_fresh() const {
  MutexLock lock(&mutex_);
  return lease_ != nullptr && lease_->open() && Clock::Real()->Monotonic() < renew_at_;
}

absl::Duration TlsConnection::renewal_due() const {
  MutexLock lock(&mutex_);
  return lease_ != nullptr && lease_->open() ? renew_at_ : absl::ZeroDuration();
}

bool TlsConnection::session_open() const {
  MutexLock lock(&mutex_);
  return lease_ != nullptr && lease_->open();
}

void TlsConnection::Drop(const std::shared_ptr<SessionLease>& lease) {
  lease->Close();
  MutexLock lock(&mutex_);
  if (lease_ == lease) lease_ = nullptr;
}

std::shared_ptr<SessionLease> TlsConnection::lease() const {
  MutexLock lock(&mutex_);
  return lease_;
}

}  // namespace proctor
