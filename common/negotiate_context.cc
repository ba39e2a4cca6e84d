#include "common/negotiate_context.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "common/printable.h"
#include "common/utf8.h"

namespace proctor {
namespace {

// Of a name that a stranger chose.
constexpr size_t kMostThatIsTold = 256;

absl::Status Refused(absl::string_view what, absl::string_view advice) {
  v1::FailureDetail detail;
  detail.set_advice(std::string(advice));
  return WithFailureDetail(absl::UnauthenticatedError(what), detail);
}

// Records and answers hold names as text.
absl::Status CheckText(absl::string_view principal) {
  if (IsUtf8(principal)) return absl::OkStatus();
  return Refused(absl::StrCat("the principal ", Printable(principal.substr(0, kMostThatIsTold)),
                              " is not UTF-8"),
                 "Use a principal whose name is: the realm's administrator can rename it.");
}

}  // namespace

absl::StatusOr<NegotiateStep> NegotiateContext::Step(absl::string_view token) {
  if (complete_ || failed_) return absl::FailedPreconditionError("the exchange is over");
  failed_ = true;  // Unless this step turns out well.
  if (token.size() > kMaxNegotiateTokenBytes) {
    return absl::InvalidArgumentError(absl::StrCat("a token of ", token.size(), " bytes; at most ",
                                                   kMaxNegotiateTokenBytes, " are taken"));
  }
  if (++legs_ > kMaxNegotiateLegs) {
    return absl::UnauthenticatedError("the exchange of tokens does not come to an end");
  }
  absl::StatusOr<NegotiateStep> step = DoStep(token, &facts_);
  if (!step.ok()) return step;
  if (step->token.size() > kMaxNegotiateTokenBytes) {
    return absl::UnauthenticatedError(
        absl::StrCat("the security mechanism made a token of ", step->token.size(), " bytes"));
  }
  if (step->complete) {
    if (absl::Status checked = CheckFacts(); !checked.ok()) return checked;
    complete_ = true;
  } else if (step->token.empty()) {
    return absl::InternalError("the security mechanism waits without having said anything");
  }
  failed_ = false;
  return step;
}

absl::Status NegotiateContext::CheckFacts() const {
  const bool ntlm = facts_.protocol == NegotiatedProtocol::kNtlm;
  if (ntlm && !requirements_.allow_ntlm) {
    return Refused(
        "the two ends settled on NTLM, which is not allowed here",
        "Kerberos needs a realm: both machines in one domain, and the agent called by its "
        "name there, not by an address.");
  }
  // NTLM never proves the server; whoever allows it has another proof of the certificate.
  if (!ntlm && !facts_.mutual) return Refused("the server did not authenticate itself", "");
  if (!facts_.integrity || !facts_.replay_detection || !facts_.sequence_detection) {
    return Refused("the security context lacks integrity, replay or sequence detection", "");
  }
  if (!requirements_.is_acceptor) return absl::OkStatus();
  if (!facts_.channel_bound) {
    return Refused("the client's token is not bound to this TLS connection",
                   "Use a client that sends channel bindings (RFC 5929, tls-server-end-point).");
  }
  if (absl::Status text = CheckText(facts_.client_principal); !text.ok()) return text;
  if (absl::Status text = CheckText(facts_.service_principal); !text.ok()) return text;
  return ntlm ? absl::OkStatus() : CheckService(facts_.service_principal);
}

absl::Status NegotiateContext::CheckService(absl::string_view meant) const {
  if (IsService(meant, requirements_.service_principal)) return absl::OkStatus();
  return Refused(absl::StrCat("the client meant ", Printable(meant.substr(0, kMostThatIsTold)),
                              ", not ", requirements_.service_principal),
                 "Give the client the agent's service principal (proctor --spn).");
}

absl::StatusOr<std::string> NegotiateContext::Sign(absl::string_view message) {
  if (!complete_) return absl::FailedPreconditionError("the security context is not complete");
  return DoSign(message);
}

absl::Status NegotiateContext::Verify(absl::string_view message, absl::string_view signature) {
  if (!complete_) return absl::FailedPreconditionError("the security context is not complete");
  return DoVerify(message, signature);
}

bool IsService(absl::string_view service, absl::string_view expected) {
  if (!absl::StrContains(expected, '@')) service = service.substr(0, service.rfind('@'));
  return absl::EqualsIgnoreCase(service, expected);
}

std::string EndPointBindingData(absl::string_view end_point_hash) {
  return absl::StrCat("tls-server-end-point:", end_point_hash);
}

}  // namespace proctor
