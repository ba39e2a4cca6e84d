#include "client/negotiate_handshake.h"

#include <memory>
#include <stop_token>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "client/left_behind.h"
#include "common/canonical_host_name.h"
#include "common/failure_detail.h"
#include "common/handshake_transcript.h"
#include "common/negotiate_context.h"

namespace proctor {
namespace {

absl::Status NotProved() {
  return absl::UnauthenticatedError(
      "the server did not prove that the certificate is the agent's: somebody may stand between "
      "them");
}

// The realm's name is in the message: that of the own one and that of the agent may differ.
absl::Status KdcIsLate(absl::string_view kdc) {
  v1::FailureDetail detail;
  detail.set_advice(
      "See that it can be reached and that krb5.conf or DNS names it: proctor login --check shows "
      "what was tried.");
  return WithFailureDetail(absl::UnavailableError(absl::StrCat(kdc, " did not answer in time")),
                           detail);
}

void Tell(const OnAwaiting& on_awaiting, const std::string& kdc) {
  if (on_awaiting) on_awaiting({kdc, KdcIsLate(kdc)});
}

// The security context with what it is made from. A call of the security library owns it as long
// as it runs, and alone when nobody waits for it any more.
struct Exchange {
  NegotiateInitiatorOptions options;
  std::unique_ptr<NegotiateContext> context;  // Null before the first step.
};

absl::StatusOr<std::string> TakeStep(Exchange* exchange, const std::string& token) {
  if (exchange->context == nullptr) {
    absl::StatusOr<std::unique_ptr<NegotiateContext>> made =
        MakeNegotiateInitiator(exchange->options);
    if (!made.ok()) return made.status();
    exchange->context = *std::move(made);
  }
  absl::StatusOr<NegotiateStep> step = exchange->context->Step(token);
  if (!step.ok()) return step.status();
  return std::move(step->token);
}

class NegotiateHandshake final : public ClientHandshake {
 public:
  // `host`: the agent's, for its service principal where the options name none.
  NegotiateHandshake(NegotiateInitiatorOptions options, std::string host, bool require_delegation)
      : exchange_(std::make_shared<Exchange>()),
        host_(std::move(host)),
        require_delegation_(require_delegation) {
    exchange_->options = std::move(options);
  }

  absl::StatusOr<v1::AuthenticateRequest> Begin(const ClientHandshakeTerms& terms) override;
  absl::StatusOr<v1::AuthenticateRequest> Continue(
      const v1::AuthenticateResponse& response) override;
  absl::Status Conclude(const v1::SessionEstablished&) override {
    return proved_ ? absl::OkStatus() : NotProved();
  }
  absl::optional<DelegationResult> delegation() const override { return delegation_; }

 private:
  absl::Status NameService(const OnAwaiting& on_awaiting);
  absl::StatusOr<std::string> Step(const std::string& token);
  absl::StatusOr<v1::AuthenticateRequest> Answer(const v1::ContextEstablished& established);
  // FAILED_PRECONDITION when the own credentials had to be handed over and were not.
  absl::Status NoteDelegation();

  const std::shared_ptr<Exchange> exchange_;
  const std::string host_;
  const bool require_delegation_;
  std::stop_token stop_;
  std::unique_ptr<HandshakeTranscript> transcript_;
  absl::optional<DelegationResult> delegation_;
  bool proved_ = false;  // The agent's signature verified.
};

// The agent's service principal, for which a name service may be asked.
absl::Status NegotiateHandshake::NameService(const OnAwaiting& on_awaiting) {
  if (!exchange_->options.target.empty()) return absl::OkStatus();
  if (on_awaiting) {
    const std::string what = absl::StrCat("the full name of ", host_);
    on_awaiting({what, absl::UnavailableError(
                           absl::StrCat("the name service has not told ", what, " in time"))});
  }
  absl::StatusOr<std::string> service = CallUntil<std::string>(
      stop_, [host = host_] { return absl::StatusOr<std::string>(ServicePrincipalOf(host)); });
  if (service.ok()) exchange_->options.target = *std::move(service);
  return service.status();
}

absl::StatusOr<v1::AuthenticateRequest> NegotiateHandshake::Begin(
    const ClientHandshakeTerms& terms) {
  stop_ = terms.stop;
  if (absl::Status named = NameService(terms.on_awaiting); !named.ok()) return named;
  NegotiateInitiatorOptions& options = exchange_->options;
  options.binding = terms.binding;
  options.allow_ntlm = options.allow_ntlm && terms.certificate_trusted;
  options.on_kdc = [on_awaiting = terms.on_awaiting](absl::string_view realm) {
    Tell(on_awaiting, absl::StrCat("the KDC of ", realm));
  };
  Tell(terms.on_awaiting, "a key distribution centre");
  transcript_ = std::make_unique<HandshakeTranscript>(terms.binding, terms.client_nonce);
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
  absl::StatusOr<std::string> next = CallUntil<std::string>(
      stop_, [exchange = exchange_, token] { return TakeStep(exchange.get(), token); });
  if (next.ok()) transcript_->AddToken(*next);
  return next;
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
  NegotiateContext& context = *exchange_->context;
  if (!context.complete()) {
    return absl::UnauthenticatedError("the agent ended the exchange too early");
  }
  const absl::Status signed_by_agent = context.Verify(
      transcript_->ServerText(established.server_nonce()), established.server_signature());
  if (!signed_by_agent.ok()) return NotProved();
  if (absl::Status delegated = NoteDelegation(); !delegated.ok()) return delegated;
  absl::StatusOr<std::string> signature =
      context.Sign(transcript_->ClientText(established.server_nonce()));
  if (!signature.ok()) return signature.status();
  proved_ = true;
  v1::AuthenticateRequest request;
  request.set_client_signature(*std::move(signature));
  return request;
}

absl::Status NegotiateHandshake::NoteDelegation() {
  if (!exchange_->options.delegate) return absl::OkStatus();
  const NegotiateFacts& facts = exchange_->context->facts();
  delegation_ = DelegationResult{facts.delegated, facts.not_delegated_reason};
  if (facts.delegated || !require_delegation_) return absl::OkStatus();
  v1::FailureDetail detail;
  detail.set_advice("Without them: --delegate, or nothing, in place of --delegate=required.");
  return WithFailureDetail(
      absl::FailedPreconditionError(absl::StrCat("your Kerberos credentials were not handed over: ",
                                                 facts.not_delegated_reason)),
      detail);
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
  HandshakePlan plan;
  plan.endpoint = options_.endpoint;
  plan.trust = options_.trust;
  plan.trust.host = HostOfEndpoint(options_.endpoint);
  NegotiateInitiatorOptions initiator;
  initiator.target = options_.service_principal;
  initiator.delegate = options_.delegate || options_.require_delegation;
  initiator.allow_ntlm = options_.allow_ntlm;
  plan.handshake = std::make_unique<NegotiateHandshake>(std::move(initiator), plan.trust.host,
                                                        options_.require_delegation);
  return plan;
}

}  // namespace proctor
