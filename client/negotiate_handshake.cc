#include "client/negotiate_handshake.h"

#include <memory>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/canonical_host_name.h"
#include "common/handshake_transcript.h"
#include "common/negotiate_context.h"

namespace proctor {
namespace {

absl::Status NotProved() {
  return absl::UnauthenticatedError(
      "the server did not prove that the certificate is the agent's: somebody may stand between "
      "them");
}

class NegotiateHandshake final : public ClientHandshake {
 public:
  explicit NegotiateHandshake(NegotiateInitiatorOptions options) : options_(std::move(options)) {}

  absl::StatusOr<v1::AuthenticateRequest> Begin(const ClientHandshakeTerms& terms) override;
  absl::StatusOr<v1::AuthenticateRequest> Continue(
      const v1::AuthenticateResponse& response) override;
  absl::Status Conclude(const v1::SessionEstablished&) override {
    return proved_ ? absl::OkStatus() : NotProved();
  }

 private:
  absl::StatusOr<std::string> Step(const std::string& token);
  absl::StatusOr<v1::AuthenticateRequest> Answer(const v1::ContextEstablished& established);

  NegotiateInitiatorOptions options_;
  std::unique_ptr<NegotiateContext> context_;
  std::unique_ptr<HandshakeTranscript> transcript_;
  bool proved_ = false;  // The agent's signature verified.
};

absl::StatusOr<v1::AuthenticateRequest> NegotiateHandshake::Begin(
    const ClientHandshakeTerms& terms) {
  options_.binding = terms.binding;
  options_.allow_ntlm = options_.allow_ntlm && terms.certificate_trusted;
  transcript_ = std::make_unique<HandshakeTranscript>(terms.binding, terms.client_nonce);
  absl::StatusOr<std::unique_ptr<NegotiateContext>> made = MakeNegotiateInitiator(options_);
  if (!made.ok()) return made.status();
  context_ = *std::move(made);
  absl::StatusOr<std::string> token = Step("");
  if (!token.ok()) return token.status();
  v1::AuthenticateRequest request;
  request.set_mechanism("negotiate");
  request.set_token(*std::move(token));
  return request;
}

// Takes one of the agent's tokens and gives the next, which may be empty.
absl::StatusOr<std::string> NegotiateHandshake::Step(const std::string& token) {
  transcript_->AddToken(token);
  absl::StatusOr<NegotiateStep> step = context_->Step(token);
  if (!step.ok()) return step.status();
  transcript_->AddToken(step->token);
  return std::move(step->token);
}

absl::StatusOr<v1::AuthenticateRequest> NegotiateHandshake::Continue(
    const v1::AuthenticateResponse& response) {
  if (proved_) return absl::UnauthenticatedError("the agent goes on when all has been said");
  if (response.has_context()) return Answer(response.context());
  if (response.token().empty()) return absl::UnauthenticatedError("the agent sent no token");
  absl::StatusOr<std::string> token = Step(response.token());
  if (!token.ok()) return token.status();
  v1::AuthenticateRequest request;
  request.set_token(*std::move(token));
  return request;
}

absl::StatusOr<v1::AuthenticateRequest> NegotiateHandshake::Answer(
    const v1::ContextEstablished& established) {
  if (!established.token().empty()) {
    const absl::StatusOr<std::string> token = Step(established.token());
    if (!token.ok()) return token.status();
    if (!token->empty())
      return absl::UnauthenticatedError("the agent ended the exchange too early");
  }
  if (!context_->complete()) {
    return absl::UnauthenticatedError("the agent ended the exchange too early");
  }
  const absl::Status signed_by_agent = context_->Verify(
      transcript_->ServerText(established.server_nonce()), established.server_signature());
  if (!signed_by_agent.ok()) return NotProved();
  absl::StatusOr<std::string> signature =
      context_->Sign(transcript_->ClientText(established.server_nonce()));
  if (!signature.ok()) return signature.status();
  proved_ = true;
  v1::AuthenticateRequest request;
  request.set_client_signature(*std::move(signature));
  return request;
}

}  // namespace

std::string HostOfEndpoint(absl::string_view endpoint) {
  absl::string_view host = endpoint.substr(0, endpoint.rfind(':'));
  if (absl::ConsumePrefix(&host, "[")) absl::ConsumeSuffix(&host, "]");
  // The dot tells the resolver that the name is a whole one; no service and no certificate has it.
  absl::ConsumeSuffix(&host, ".");
  return std::string(host);
}

std::string ServicePrincipalOf(absl::string_view host) {
  std::string name = absl::AsciiStrToLower(host);
  if (!absl::StrContains(name, '.') && !absl::StrContains(name, ':')) {
    const std::string full = absl::AsciiStrToLower(CanonicalHostName(name));
    if (absl::StartsWith(full, absl::StrCat(name, "."))) name = full;
  }
  return absl::StrCat("proctor/", name);
}

absl::StatusOr<HandshakePlan> NegotiateHandshakeSource::Next() {
  const std::string host = HostOfEndpoint(options_.endpoint);
  HandshakePlan plan;
  plan.endpoint = options_.endpoint;
  plan.trust = options_.trust;
  plan.trust.host = host;
  NegotiateInitiatorOptions initiator;
  initiator.target =
      options_.service_principal.empty() ? ServicePrincipalOf(host) : options_.service_principal;
  initiator.delegate = options_.delegate;
  initiator.allow_ntlm = options_.allow_ntlm;
  plan.handshake = std::make_unique<NegotiateHandshake>(std::move(initiator));
  return plan;
}

}  // namespace proctor
