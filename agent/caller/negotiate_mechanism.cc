#include "agent/caller/negotiate_mechanism.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/caller/peer_address.h"
#include "agent/caller/refusal_reason.h"
#include "common/clock.h"
#include "common/failure_detail.h"
#include "common/handshake_transcript.h"
#include "common/log.h"
#include "common/secure_random.h"
#include "common/ticket_proof.h"

namespace proctor {
namespace {

using Identified = absl::StatusOr<std::shared_ptr<const CallerToken>>;

// Whether the account may be used now, in the words of a handshake.
absl::Status CheckAccount(AccountCheck* accounts, const std::string& remote_host,
                          AnonymousCaller* caller) {
  if (!caller->credentials.has_posix()) return absl::OkStatus();
  if (accounts == nullptr) {
    caller->authentication.set_account_checked_by(
        "nothing but its existence: the agent's configuration wants no account_check");
    return absl::OkStatus();
  }
  const absl::Status may = accounts->Check(caller->credentials.name(), remote_host);
  if (may.ok()) caller->authentication.set_account_checked_by(accounts->name());
  if (!absl::IsPermissionDenied(may)) return may;
  return WithFailureDetail(absl::UnauthenticatedError(may.message()),
                           GetFailureDetail(may).value_or(v1::FailureDetail()));
}

// What is known of a client when its handshake is complete: without the handshake, which may be
// over by the time that a name service answers.
struct ProvenClient {
  NegotiateMechanism::Parts parts;
  NegotiateFacts facts;
  std::unique_ptr<NegotiatedClient> handle;
  std::string peer;
  absl::Duration spent;
};

// Blocks on the name service.
Identified Identify(ProvenClient* client) {
  absl::StatusOr<AnonymousCaller> caller =
      client->parts.principals->Describe(client->facts, std::move(client->handle));
  if (!caller.ok()) return caller.status();
  caller->duration = client->spent;
  absl::Status may = CheckAccount(client->parts.accounts, PeerAddress(client->peer), &*caller);
  if (!may.ok()) return may;
  absl::StatusOr<CallerToken> token = client->parts.pipeline->Identify(*caller);
  if (!token.ok()) return token.status();
  return std::make_shared<const CallerToken>(*std::move(token));
}

class NegotiateHandshake final : public Handshake {
 public:
  NegotiateHandshake(const NegotiateMechanism::Parts& parts, HandshakeTerms terms)
      : parts_(parts), terms_(std::move(terms)), transcript_(terms_.binding, terms_.client_nonce) {}

  void Continue(v1::AuthenticateRequest request, Done done) override;

 private:
  absl::StatusOr<HandshakeStep> Step(const v1::AuthenticateRequest& request);
  // Takes the client's token.
  absl::StatusOr<HandshakeStep> Negotiate(const std::string& token);
  // The security context is complete: the agent proves itself first.
  absl::StatusOr<HandshakeStep> ProveAgent(std::string last_token);
  // The client's answer to that.
  void Conclude(const std::string& signature, const Done& done);

  const NegotiateMechanism::Parts parts_;
  const HandshakeTerms terms_;
  HandshakeTranscript transcript_;
  std::unique_ptr<NegotiateContext> context_;
  std::string server_nonce_;  // Not empty once the agent has proved itself.
  absl::Duration spent_;      // In security calls, waiting for the client not counted.
};

void NegotiateHandshake::Continue(v1::AuthenticateRequest request, Done done) {
  // Shared, because a std::function must be copyable, and because it is needed when it was not run.
  const auto shared = std::make_shared<Done>(std::move(done));
  const absl::Status queued = parts_.workers->Run([this, shared, request = std::move(request)] {
    if (!server_nonce_.empty() && request.has_client_signature()) {
      return Conclude(request.client_signature(), *shared);
    }
    const absl::Duration begin = Clock::Real()->Monotonic();
    absl::StatusOr<HandshakeStep> step = Step(request);
    spent_ += Clock::Real()->Monotonic() - begin;
    (*shared)(std::move(step));
  });
  if (!queued.ok()) (*shared)(queued);
}

absl::StatusOr<HandshakeStep> NegotiateHandshake::Step(const v1::AuthenticateRequest& request) {
  if (!server_nonce_.empty()) {
    return absl::InvalidArgumentError("the client's signature was to come now");
  }
  if (request.has_token() && !request.token().empty()) return Negotiate(request.token());
  return absl::InvalidArgumentError("a token was to come now");
}

absl::StatusOr<HandshakeStep> NegotiateHandshake::Negotiate(const std::string& token) {
  if (context_ == nullptr) {
    absl::StatusOr<std::unique_ptr<NegotiateContext>> accepted =
        parts_.acceptor->Accept(terms_.binding);
    if (!accepted.ok()) {
      return WithRefusalReason(
          absl::FailedPreconditionError("the agent's key cannot be used; its log says why"),
          {"", std::string(accepted.status().message())});
    }
    context_ = *std::move(accepted);
  }
  transcript_.AddToken(token);
  absl::StatusOr<NegotiateStep> step = context_->Step(token);
  if (!step.ok()) return step.status();
  transcript_.AddToken(step->token);
  if (step->complete) return ProveAgent(std::move(step->token));
  HandshakeStep answer;
  answer.response.set_token(std::move(step->token));
  return answer;
}

absl::StatusOr<HandshakeStep> NegotiateHandshake::ProveAgent(std::string last_token) {
  server_nonce_ = SecureRandomBytes(kNonceSize);
  absl::StatusOr<std::string> signature = context_->Sign(transcript_.ServerText(server_nonce_));
  if (!signature.ok()) return signature.status();
  HandshakeStep answer;
  v1::ContextEstablished* context = answer.response.mutable_context();
  context->set_token(std::move(last_token));
  context->set_server_nonce(server_nonce_);
  context->set_server_signature(*std::move(signature));
  return answer;
}

void NegotiateHandshake::Conclude(const std::string& signature, const Done& done) {
  const absl::Status signed_by_client =
      context_->Verify(transcript_.ClientText(server_nonce_), signature);
  if (!signed_by_client.ok()) {
    LogRepeated(LogLevel::kWarning, "a handshake's bad signature", PeerNetwork(terms_.peer),
                context_->facts().client_principal, " from ", terms_.peer,
                ": the signature of the handshake does not verify: ", signed_by_client.message());
    return done(absl::UnauthenticatedError("the client's signature of the handshake is not good"));
  }
  const auto client = std::make_shared<ProvenClient>(
      ProvenClient{parts_, context_->facts(), context_->TakeClient(), terms_.peer, spent_});
  context_ = nullptr;  // The session lives for hours, and needs none of it.
  const std::string principal = client->facts.client_principal;
  parts_.lookups->Run<std::shared_ptr<const CallerToken>>(
      principal, [client] { return Identify(client.get()); },
      [principal, done](Identified caller) {
        if (caller.ok()) return done(HandshakeStep{*std::move(caller), {}});
        if (GetRefusalReason(caller.status()).has_value()) return done(caller.status());
        done(WithRefusalReason(caller.status(),
                               {principal, std::string(caller.status().message())}));
      });
}

}  // namespace

std::unique_ptr<Handshake> NegotiateMechanism::Begin(HandshakeTerms terms) {
  return std::make_unique<NegotiateHandshake>(parts_, std::move(terms));
}

}  // namespace proctor
