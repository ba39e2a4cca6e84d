#include "agent/caller/linux/kerberos_principal_map.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/caller/kerberos/principal_realm.h"
#include "agent/caller/linux/credential_file.h"
#include "agent/caller/linux/ticket_authorization.h"
#include "common/failure_detail.h"
#include "common/log.h"
#include "common/proto_time.h"

namespace proctor {
namespace {

absl::Status Refused(const std::string& message, const std::string& advice) {
  v1::FailureDetail detail;
  detail.set_advice(advice);
  return WithFailureDetail(absl::UnauthenticatedError(message), detail);
}

}  // namespace

bool KerberosPrincipalMap::DescribeDomain(const NegotiateFacts& facts,
                                          const GssAcceptedClient& client,
                                          AnonymousCaller* caller) {
  v1::DomainIdentity* const domain = caller->credentials.mutable_domain();
  domain->set_principal(facts.client_principal);
  absl::StatusOr<absl::optional<PacLogonInfo>> info = ReadLogonInfo(client);
  if (!info.ok()) {
    // Whoever has no SIDs is in no set of them.
    LogRepeated(LogLevel::kWarning, "unusable authorization data", facts.client_principal,
                facts.client_principal,
                ": the ticket's PAC is of no use: ", info.status().message());
    caller->authentication.set_sids_from(
        absl::StrCat("nothing: the ticket's PAC is of no use: ", info.status().message()));
    return false;
  }
  if (!info->has_value()) {
    caller->authentication.set_sids_from("nothing: the ticket has no PAC that tells any");
    return false;
  }
  caller->authentication.set_sids_from("the ticket's PAC, verified");
  domain->set_sid(std::move((*info)->user_sid));
  for (std::string& sid : (*info)->group_sids) domain->add_group_sids(std::move(sid));
  return (*info)->is_computer;
}

void KerberosPrincipalMap::DescribeTrust(const v1::Principal& principal,
                                         v1::AuthenticationContext* how) const {
  const absl::string_view source = options_.account_sids.SourceFor(Principal(principal));
  if (source.empty()) return;
  how->set_mapped_by(absl::StrCat(how->mapped_by(), ", and the ticket's SID, by ", source));
}

absl::Status KerberosPrincipalMap::Admit(const NegotiateFacts& facts, bool is_computer,
                                         const v1::Principal& principal) const {
  if (!options_.allow_computer_accounts &&
      (is_computer || IsNameOfComputer(facts.client_principal))) {
    return Refused(absl::StrCat(facts.client_principal,
                                " is a computer's account, and this agent lets none in"),
                   "use a user's ticket (kinit USER); the agent's administrator can let computers "
                   "in: negotiate { allow_computer_accounts: true }");
  }
  if (!principal.has_posix()) return absl::OkStatus();
  const absl::Status may =
      options_.account_sids.MayHave(Principal(principal), principal.domain().sid());
  if (may.ok()) return may;
  return Refused(absl::StrCat(facts.client_principal, ": ", may.message()),
                 "the agent's configuration says whose an account is: negotiate { account_sid { "
                 "account: ... sid: ... } }");
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
  absl::StatusOr<LocalAccount> account = options_.find_account(facts, options_.trusted_realms);
  if (!account.ok()) return account.status();
  caller.credentials = std::move(account->principal);
  if (!caller.credentials.has_posix()) {
    LogRepeated(LogLevel::kWarning, "a principal without an account", facts.client_principal,
                facts.client_principal, " has no account here: ", account->mapped_by, ": ",
                account->advice);
    caller.credentials.set_name(facts.client_principal);
    caller.credentials.mutable_kerberos()->set_principal(facts.client_principal);
  }
  const bool is_computer = DescribeDomain(facts, accepted, &caller);
  if (absl::Status may = Admit(facts, is_computer, caller.credentials); !may.ok()) return may;
  v1::AuthenticationContext& how = caller.authentication;
  how.set_mechanism("Kerberos (Negotiate, GSSAPI)");
  how.set_level(caller.credentials.has_posix() ? v1::PRIMARY : v1::IDENTIFICATION);
  how.set_mapped_by(std::move(account->mapped_by));
  if (caller.credentials.has_posix()) DescribeTrust(caller.credentials, &how);
  how.set_mapping_advice(std::move(account->advice));
  how.set_channel_bound(facts.channel_bound);
  how.set_service_principal(facts.service_principal);
  if (facts.expires != absl::InfiniteFuture()) {
    SetTimestampProto(facts.expires, how.mutable_expires());
  }
  TakeDelegated(static_cast<GssAcceptedClient*>(client.get()), &caller);
  return caller;
}

}  // namespace proctor
