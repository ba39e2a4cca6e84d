#include "common/win32/sspi_initiator.h"

#include <utility>

#include "common/win32/utf16.h"

namespace proctor {

SspiInitiator::SspiInitiator(std::shared_ptr<SspiCredentials> credentials,
                             const NegotiateInitiatorOptions& options, std::wstring wide_target)
    : SspiContext(Requirements{false, options.allow_ntlm, ""}, std::move(credentials),
                  options.binding),
      target_(options.target),
      delegate_(options.delegate),
      wide_target_(std::move(wide_target)) {}

absl::StatusOr<std::unique_ptr<SspiInitiator>> SspiInitiator::Make(
    SecurityFunctions* functions, const NegotiateInitiatorOptions& options) {
  absl::StatusOr<std::wstring> target = ToUtf16(options.target);
  if (!target.ok()) return target.status();
  absl::StatusOr<std::shared_ptr<SspiCredentials>> credentials =
      SspiCredentials::Acquire(functions, SecurityEnd::kInitiator);
  if (!credentials.ok()) return credentials.status();
  return std::unique_ptr<SspiInitiator>(
      new SspiInitiator(*std::move(credentials), options, *std::move(target)));
}

// Without ISC_REQ_IDENTIFY and ISC_REQ_DELEGATE the server's token has the level Impersonation.
SECURITY_STATUS SspiInitiator::Advance(Leg* leg) {
  const ULONG asked = ISC_REQ_MUTUAL_AUTH | ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT |
                      ISC_REQ_SEQUENCE_DETECT | (delegate_ ? ISC_REQ_DELEGATE : 0);
  return credentials().functions()->InitializeSecurityContextW(
      credentials().handle(), leg->current, wide_target_.data(), asked, 0, SECURITY_NATIVE_DREP,
      leg->input, 0, leg->next, leg->output, &leg->flags, &leg->expiry);
}

absl::Status SspiInitiator::ReadFacts(ULONG flags, NegotiateFacts* facts) {
  if ((flags & ISC_RET_IDENTIFY) != 0) {
    return absl::UnauthenticatedError("the agent could identify this caller, but not act as it");
  }
  facts->client_principal = NativeClientName();
  if (facts->protocol == NegotiatedProtocol::kKerberos) facts->service_principal = target_;
  facts->mutual = (flags & ISC_RET_MUTUAL_AUTH) != 0;
  facts->integrity = (flags & ISC_RET_INTEGRITY) != 0;
  facts->replay_detection = (flags & ISC_RET_REPLAY_DETECT) != 0;
  facts->sequence_detection = (flags & ISC_RET_SEQUENCE_DETECT) != 0;
  facts->delegated = (flags & ISC_RET_DELEGATE) != 0;
  if (delegate_ && !facts->delegated) {
    facts->not_delegated_reason =
        "Windows hands credentials over only where the domain trusts the agent's account for "
        "delegation and lets the own account be delegated (not sensitive, no Protected Users)";
  }
  return absl::OkStatus();
}

}  // namespace proctor
