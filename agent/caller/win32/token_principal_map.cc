#include "agent/caller/win32/token_principal_map.h"

#include <utility>

#include "agent/token/win32/win32_token.h"
#include "common/proto_time.h"
#include "common/win32/sspi_accepted_client.h"

namespace proctor {
namespace {

// What the token's jobs can prove to other machines: a network logon's token holds no credentials,
// a delegated one the client's ticket-granting ticket ("the double hop").
v1::NetworkCredentials CredentialsOf(const NegotiateFacts& facts,
                                     SECURITY_IMPERSONATION_LEVEL level) {
  v1::NetworkCredentials credentials;
  if (facts.delegated && level == SecurityDelegation) {
    credentials.set_kind(v1::NetworkCredentials::DELEGATED);
    credentials.set_reason("the client handed over its credentials, in its token");
    if (facts.expires != absl::InfiniteFuture()) {
      SetTimestampProto(facts.expires, credentials.mutable_expires());
    }
    return credentials;
  }
  credentials.set_kind(v1::NetworkCredentials::NO_CREDENTIALS);
  credentials.set_reason(
      facts.protocol == NegotiatedProtocol::kNtlm
          ? "NTLM hands over nothing; Kerberos would (--delegate)"
          : "the client did not hand over its credentials (--delegate), or the domain does not "
            "trust this agent's account for delegation");
  return credentials;
}

}  // namespace

absl::StatusOr<AnonymousCaller> TokenPrincipalMap::Describe(
    const NegotiateFacts& facts, std::unique_ptr<NegotiatedClient> client) {
  if (client == nullptr) return absl::InternalError("the security context holds no client");
  auto& accepted = static_cast<SspiAcceptedClient&>(*client);
  absl::StatusOr<std::shared_ptr<const Win32Token>> token = Win32Token::Read(accepted.TakeToken());
  if (!token.ok()) return token.status();
  AnonymousCaller caller;
  caller.call = "AcceptSecurityContext, QuerySecurityContextToken";
  v1::AuthenticationContext& how = caller.authentication;
  how.set_mechanism(facts.protocol == NegotiatedProtocol::kKerberos ? "Kerberos (Negotiate, SSPI)"
                                                                    : "NTLM (Negotiate, SSPI)");
  how.set_level((*token)->level() >= SecurityImpersonation ? v1::PRIMARY : v1::IDENTIFICATION);
  how.set_channel_bound(facts.channel_bound);
  how.set_service_principal(facts.service_principal);
  if (facts.expires != absl::InfiniteFuture()) {
    SetTimestampProto(facts.expires, how.mutable_expires());
  }
  *how.mutable_network_credentials() = CredentialsOf(facts, (*token)->level());
  caller.context = *std::move(token);
  return caller;
}

}  // namespace proctor
