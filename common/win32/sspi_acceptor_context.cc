#include "common/win32/sspi_acceptor_context.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "common/win32/token_information.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr char kAnonymousLogon[] = "S-1-5-7";

// Windows' service principals know no case. The realm counts where both names have one.
bool IsSameService(absl::string_view a, absl::string_view b) {
  const size_t realm_a = a.rfind('@');
  const size_t realm_b = b.rfind('@');
  if (!absl::EqualsIgnoreCase(a.substr(0, realm_a), b.substr(0, realm_b))) return false;
  if (realm_a == absl::string_view::npos || realm_b == absl::string_view::npos) return true;
  return absl::EqualsIgnoreCase(a.substr(realm_a), b.substr(realm_b));
}

}  // namespace

SspiAcceptorContext::SspiAcceptorContext(std::shared_ptr<SspiCredentials> credentials,
                                         const NegotiateAcceptorOptions& options,
                                         absl::string_view binding)
    : SspiContext(Requirements{true, options.allow_ntlm, options.service_principal},
                  std::move(credentials), binding),
      service_principal_(options.service_principal) {}

// Never ASC_REQ_ALLOW_MISSING_BINDINGS: a client that sends none gets SEC_E_BAD_BINDINGS.
SECURITY_STATUS SspiAcceptorContext::Advance(Leg* leg) {
  constexpr ULONG kAsked =
      ASC_REQ_MUTUAL_AUTH | ASC_REQ_INTEGRITY | ASC_REQ_REPLAY_DETECT | ASC_REQ_SEQUENCE_DETECT;
  return credentials().functions()->AcceptSecurityContext(
      credentials().handle(), leg->current, leg->input, kAsked, SECURITY_NATIVE_DREP, leg->next,
      leg->output, &leg->flags, &leg->expiry);
}

absl::Status SspiAcceptorContext::ReadFacts(ULONG flags, NegotiateFacts* facts) {
  if ((flags & ASC_RET_NULL_SESSION) != 0) {
    return absl::UnauthenticatedError("the client is anonymous");
  }
  absl::StatusOr<std::string> target = Target();
  if (!target.ok()) return target.status();
  // NTLM carries the name that the client asked for, under its signature ([MS-NLMP] 2.2.2.1).
  if (facts->protocol == NegotiatedProtocol::kNtlm && *target != service_principal_) {
    return absl::UnauthenticatedError(
        absl::StrCat("the client meant '", *target, "', not ", service_principal_));
  }
  absl::StatusOr<std::unique_ptr<SspiAcceptedClient>> client = Client();
  if (!client.ok()) return client.status();
  client_ = *std::move(client);
  facts->client_principal = NativeClientName();
  if (facts->protocol == NegotiatedProtocol::kKerberos) facts->service_principal = *target;
  facts->mutual = (flags & ASC_RET_MUTUAL_AUTH) != 0;
  facts->integrity = (flags & ASC_RET_INTEGRITY) != 0;
  facts->replay_detection = (flags & ASC_RET_REPLAY_DETECT) != 0;
  facts->sequence_detection = (flags & ASC_RET_SEQUENCE_DETECT) != 0;
  // That bindings were given and the call succeeded is all that Windows says. A system that ignores
  // them (Wine) is found out by the signatures: both ends sign the certificate's hash.
  facts->channel_bound = true;
  facts->delegated = (flags & ASC_RET_DELEGATE) != 0 && client_->level() == SecurityDelegation;
  return absl::OkStatus();
}

absl::StatusOr<std::string> SspiAcceptorContext::Target() {
  SecPkgContext_ClientSpecifiedTarget target = {};
  const SECURITY_STATUS status = credentials().functions()->QueryContextAttributesW(
      context(), SECPKG_ATTR_CLIENT_SPECIFIED_TARGET, &target);
  if (status != SEC_E_OK) return Failed("QueryContextAttributesW(CLIENT_SPECIFIED_TARGET)", status);
  std::string name;
  if (target.sTargetName != nullptr) {
    name = FromUtf16(target.sTargetName);
    credentials().functions()->FreeContextBuffer(target.sTargetName);
  }
  return IsSameService(name, service_principal_) ? service_principal_ : name;
}

absl::StatusOr<std::unique_ptr<SspiAcceptedClient>> SspiAcceptorContext::Client() {
  UniqueHandle token;
  const SECURITY_STATUS status = credentials().functions()->QuerySecurityContextToken(
      context(), reinterpret_cast<void**>(token.receive()));
  if (status != SEC_E_OK) return Failed("QuerySecurityContextToken", status);
  const absl::StatusOr<TOKEN_STATISTICS> statistics = TokenStatisticsOf(token.get());
  if (!statistics.ok()) return statistics.status();
  const absl::StatusOr<std::string> user = TokenUserSid(token.get());
  if (!user.ok()) return user.status();
  // A primary token is some process's own, never a network client's.
  if (statistics->TokenType != TokenImpersonation) {
    return absl::UnauthenticatedError("QuerySecurityContextToken gave a primary token");
  }
  if (statistics->ImpersonationLevel < SecurityIdentification || *user == kAnonymousLogon) {
    return absl::UnauthenticatedError("the client did not let itself be identified");
  }
  return std::make_unique<SspiAcceptedClient>(std::move(token), statistics->ImpersonationLevel);
}

}  // namespace proctor
