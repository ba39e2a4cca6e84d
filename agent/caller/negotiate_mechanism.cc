#include "agent/caller/negotiate_mechanism.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/caller/peer_address.h"
#include "agent/caller/refusal_reason.h"
#include "common/clock.h"
#include "common/handshake_transcript.h"
#include "common/log.h"
#include "common/secure_random.h"
#include "common/ticket_proof.h"

namespace proctor {
namespace {

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
  absl::StatusOr<HandshakeStep> Conclude(const std::string& signature);

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
    const absl::Duration begin = Clock::Real()->Monotonic();
    absl::StatusOr<HandshakeStep> step = Step(request);
    spent_ += Clock::Real()->Monotonic() - begin;
    (*shared)(std::move(step));
  });
  if (!queued.ok()) (*shared)(queued);
}

absl::StatusOr<HandshakeStep> NegotiateHandshake::Step(const v1::AuthenticateRequest& request) {
  if (!server_nonce_.empty()) {
    if (request.has_client_signature()) return Conclude(request.client_signature());
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

absl::StatusOr<HandshakeStep> NegotiateHandshake::Conclude(const std::string& signature) {
  const absl::Status signed_by_client =
      context_->Verify(transcript_.ClientText(server_nonce_), signature);
  if (!signed_by_client.ok()) {
    LogRepeated(LogLevel::kWarning, "a handshake's bad signature", PeerNetwork(terms_.peer),
                context_->facts().client_principal, " from ", terms_.peer,
                ": the signature of the handshake does not verify: ", signed_by_client.message());
    return absl::UnauthenticatedError("the client's signature of the handshake is not good");
  }
  absl::StatusOr<AnonymousCaller> caller =
      parts_.principals->Describe(context_->facts(), context_->TakeClient());
  if (!caller.ok()) return caller.status();
  caller->duration = spent_;
  absl::StatusOr<CallerToken> identified = parts_.pipeline->Identify(*caller);
  if (!identified.ok()) return identified.status();
  context_ = nullptr;  // The session lives for hours, and needs none of it.
  HandshakeStep answer;
  answer.caller = std::make_shared<const CallerToken>(*std::move(identified));
  return answer;
}

}  // namespace

std::unique_ptr<Handshake> NegotiateMechanism::Begin(HandshakeTerms terms) {
  return std::make_unique<NegotiateHandshake>(parts_, std::move(terms));
}

}  // namespace proctor
