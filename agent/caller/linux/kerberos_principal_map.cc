#include "agent/caller/linux/kerberos_principal_map.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/caller/kerberos/principal_realm.h"
#include "agent/caller/linux/credential_file.h"
#include "agent/caller/linux/ticket_authorization.h"
#include "agent/token/posix/account_identity.h"
#include "common/linux/gss_error.h"
#include "common/log.h"
#include "common/proto_time.h"

namespace proctor {

bool KerberosPrincipalMap::MayHaveAccount(const NegotiateFacts& facts) const {
  const absl::string_view realm = RealmOfPrincipal(facts.client_principal);
  if (realm.empty()) return false;
  return realm == RealmOfPrincipal(facts.service_principal) ||
         std::find(trusted_realms_.begin(), trusted_realms_.end(), realm) != trusted_realms_.end();
}

absl::StatusOr<std::string> KerberosPrincipalMap::LocalName(const GssAcceptedClient& client) {
  OM_uint32 minor = 0;
  GssBuffer name(&client.gss());
  const OM_uint32 major =
      client.gss().gss_localname(&minor, client.name(), KerberosMechanism(), name.receive());
  if (major == GSS_S_COMPLETE) return std::string(View(name));
  const auto code = static_cast<krb5_error_code>(minor);
  if (GSS_ROUTINE_ERROR(major) == GSS_S_UNAVAILABLE || code == KRB5_LNAME_NOTRANS ||
      code == KRB5_NO_LOCALNAME || code == KRB5_PLUGIN_NO_HANDLE) {
    return std::string();
  }
  return GssErrorStatus(client.gss(), "gss_localname", major, minor);
}

absl::Status KerberosPrincipalMap::LookUp(const std::string& name, v1::Principal* principal) {
  absl::StatusOr<v1::Principal> found = IdentityOfAccount(name);
  if (absl::IsNotFound(found.status())) return absl::OkStatus();
  if (!found.ok()) return found.status();
  // However the rules come to it: a realm's administrators are not this machine's superuser.
  if (found->posix().uid() == 0) return absl::OkStatus();
  *principal = *std::move(found);
  return absl::OkStatus();
}

void KerberosPrincipalMap::DescribeDomain(const NegotiateFacts& facts,
                                          const GssAcceptedClient& client,
                                          v1::DomainIdentity* domain) {
  domain->set_principal(facts.client_principal);
  absl::StatusOr<absl::optional<PacLogonInfo>> info = ReadLogonInfo(client);
  if (!info.ok()) {
    // Nothing here is decided by SIDs: who the caller is does not depend on them.
    LogRepeated(LogLevel::kWarning, "unusable authorization data", facts.client_principal,
                facts.client_principal, ": ", info.status().message());
    return;
  }
  if (!info->has_value()) return;
  domain->set_sid(std::move((*info)->user_sid));
  for (std::string& sid : (*info)->group_sids) domain->add_group_sids(std::move(sid));
}

void KerberosPrincipalMap::TakeDelegated(GssAcceptedClient* client, AnonymousCaller* caller) {
  v1::NetworkCredentials& network = *caller->authentication.mutable_network_credentials();
  network.set_kind(v1::NetworkCredentials::NO_CREDENTIALS);
  if (!client->has_delegated()) {
    network.set_reason(
        "the caller handed over none: --delegate does, with a forwardable ticket (kinit -f), where "
        "the realm lets the account be delegated; the caller's own side knows why it did not");
    return;
  }
  const GssCredential credential = client->TakeDelegated();
  absl::StatusOr<std::shared_ptr<const DelegatedCredentials>> delegated =
      ReadCredentialFile(client->gss(), credential);
  if (!delegated.ok()) {
    LogRepeated(LogLevel::kWarning, "unusable delegated credentials", delegated.status().message(),
                "delegated credentials: ", delegated.status().ToString());
    network.set_reason(absl::StrCat("the delegated credentials are of no use here: ",
                                    delegated.status().message()));
    return;
  }
  network.set_kind(v1::NetworkCredentials::DELEGATED);
  network.set_reason(
      "the caller handed over its ticket; each job has a credential cache of its own");
  SetTimestampProto((*delegated)->expires, network.mutable_expires());
  caller->delegated = *std::move(delegated);
}

absl::StatusOr<AnonymousCaller> KerberosPrincipalMap::Describe(
    const NegotiateFacts& facts, std::unique_ptr<NegotiatedClient> client) {
  const auto& accepted = static_cast<const GssAcceptedClient&>(*client);
  AnonymousCaller caller;
  caller.call = "gss_accept_sec_context, gss_localname";
  const absl::StatusOr<std::string> name = LocalName(accepted);
  if (!name.ok()) return name.status();
  if (!name->empty() && MayHaveAccount(facts)) {
    if (absl::Status looked_up = LookUp(*name, &caller.credentials); !looked_up.ok()) {
      return looked_up;
    }
  }
  if (!caller.credentials.has_posix()) {
    caller.credentials.set_name(facts.client_principal);
    caller.credentials.mutable_kerberos()->set_principal(facts.client_principal);
  }
  DescribeDomain(facts, accepted, caller.credentials.mutable_domain());
  v1::AuthenticationContext& how = caller.authentication;
  how.set_mechanism("Kerberos (Negotiate, GSSAPI)");
  how.set_level(caller.credentials.has_posix() ? v1::PRIMARY : v1::IDENTIFICATION);
  how.set_channel_bound(facts.channel_bound);
  how.set_service_principal(facts.service_principal);
  if (facts.expires != absl::InfiniteFuture()) {
    SetTimestampProto(facts.expires, how.mutable_expires());
  }
  TakeDelegated(static_cast<GssAcceptedClient*>(client.get()), &caller);
  return caller;
}

}  // namespace proctor
