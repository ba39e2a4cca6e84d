#include "common/negotiate_context.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"

namespace proctor {
namespace {

absl::Status Refused(absl::string_view what, absl::string_view advice) {
  v1::FailureDetail detail;
  detail.set_advice(std::string(advice));
  return WithFailureDetail(absl::UnauthenticatedError(what), detail);
}

// "proctor/host" is any realm's: the key that decrypted the ticket settles which.
bool IsService(absl::string_view meant, absl::string_view expected) {
  if (absl::StrContains(expected, '@')) return meant == expected;
  return meant.substr(0, meant.rfind('@')) == expected;
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
  if (!ntlm && !IsService(facts_.service_principal, requirements_.service_principal)) {
    return Refused(absl::StrCat("the client meant ", facts_.service_principal, ", not ",
                                requirements_.service_principal),
                   "Give the client the agent's service principal (proctor --spn).");
  }
  return absl::OkStatus();
}

absl::StatusOr<std::string> NegotiateContext::Sign(absl::string_view message) {
  if (!complete_) return absl::FailedPreconditionError("the security context is not complete");
  return DoSign(message);
}

absl::Status NegotiateContext::Verify(absl::string_view message, absl::string_view signature) {
  if (!complete_) return absl::FailedPreconditionError("the security context is not complete");
  return DoVerify(message, signature);
}

std::string EndPointBindingData(absl::string_view end_point_hash) {
  return absl::StrCat("tls-server-end-point:", end_point_hash);
}

}  // namespace proctor
