#include "agent/linux/realm_report.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/caller/kerberos/principal_realm.h"
#include "agent/caller/linux/local_account.h"
#include "agent/negotiate_offer.h"
#include "agent/token/account_names.h"
#include "agent/token/account_sids.h"
#include "common/linux/acceptor_credential.h"
#include "common/linux/gss_error.h"
#include "common/linux/kerberos_handles.h"
#include "common/linux/kerberos_names.h"

namespace proctor {
namespace {

// Whether the agent takes callers of a realm at all, whatever it has to accept them with.
RealmFinding ServiceFinding(const config::AgentConfig& config) {
  const char what[] = "callers of a realm";
  if (config.tls_listen().empty()) {
    return {what, "not served: the configuration has no tls_listen",
            "Say where to listen: tls_listen: \"0.0.0.0:7707\"."};
  }
  if (config.negotiate().has_enabled() && !config.negotiate().enabled()) {
    return {what, "not served: the configuration says negotiate { enabled: false }",
            "Set it to true, or leave it out."};
  }
  return {what, absl::StrCat("served on ", config.tls_listen()), ""};
}

// As the library writes it, with the realm: "alice" may be all that was given.
absl::StatusOr<std::string> WholePrincipal(const GssLibrary& gss, const std::string& principal) {
  KerberosContext context(&gss);
  krb5_error_code code = gss.krb5_init_context(context.receive());
  if (code != 0) return KerberosErrorStatus(gss, "krb5_init_context", nullptr, code);
  KerberosPrincipal parsed(&gss, context.get());
  code = gss.krb5_parse_name(context.get(), principal.c_str(), parsed.receive());
  if (code != 0) return KerberosErrorStatus(gss, "krb5_parse_name", context.get(), code, principal);
  return NameOfPrincipal(gss, context.get(), parsed.get());
}

// As if a client with a ticket of `principal` had come.
absl::StatusOr<LocalAccount> AccountOf(const GssLibrary& gss, const config::NegotiateConfig& config,
                                       const std::string& principal) {
  NegotiateFacts facts;
  absl::StatusOr<std::string> own = FindAcceptorPrincipal(gss, AcceptorOptionsOf(config));
  if (!own.ok()) return own.status();
  facts.service_principal = *std::move(own);
  absl::StatusOr<std::string> whole = WholePrincipal(gss, principal);
  if (!whole.ok()) return whole.status();
  facts.client_principal = *std::move(whole);
  return FindLocalAccount(facts, {config.trusted_realm().begin(), config.trusted_realm().end()});
}

// What the agent will ask besides when the principal comes; empty where the name is enough.
absl::StatusOr<std::string> Conditions(const config::AgentConfig& config,
                                       const v1::Principal& account) {
  const absl::StatusOr<AccountSids> sids =
      AccountSids::Resolve(config.negotiate(), *AccountNames::System());
  if (!sids.ok()) return sids.status();
  std::string conditions;
  if (const absl::string_view source = sids->SourceFor(Principal(account)); !source.empty()) {
    absl::StrAppend(&conditions, "; for a ticket with its SID, by ", source);
  }
  if (config.account_check().enabled()) {
    absl::StrAppend(&conditions, "; when PAM lets it (account management, service ",
                    config.account_check().pam_service(), "), which is not asked here");
  }
  return conditions;
}

RealmFinding AccountFinding(const config::AgentConfig& config, const std::string& principal) {
  const std::string what = absl::StrCat("account of ", principal);
  const absl::StatusOr<const GssLibrary*> gss = GssLibrary::Load();
  if (!gss.ok()) return FailedFinding(what, gss.status());
  const absl::StatusOr<LocalAccount> account = AccountOf(**gss, config.negotiate(), principal);
  if (!account.ok()) return FailedFinding(what, account.status());
  if (!account->principal.has_posix()) {
    return {what, absl::StrCat("none: ", account->mapped_by), account->advice};
  }
  const absl::StatusOr<std::string> conditions = Conditions(config, account->principal);
  if (!conditions.ok()) return FailedFinding(what, conditions.status());
  const v1::PosixIdentity& posix = account->principal.posix();
  RealmFinding finding{what,
                       absl::StrCat(account->principal.name(), ", uid ", posix.uid(), ", gid ",
                                    posix.gid(), "; groups ", absl::StrJoin(posix.groups(), " "),
                                    "; by ", account->mapped_by, *conditions),
                       ""};
  if (IsNameOfComputer(principal) && !config.negotiate().allow_computer_accounts()) {
    finding.advice =
        "A computer's account is let in only with negotiate { allow_computer_accounts: true }.";
  }
  return finding;
}

}  // namespace

std::vector<RealmFinding> ReportRealm(const config::AgentConfig& config,
                                      const std::string& principal) {
  std::vector<RealmFinding> findings = {ServiceFinding(config)};
  for (RealmFinding& finding : CheckAcceptor(AcceptorOptionsOf(config.negotiate()))) {
    findings.push_back(std::move(finding));
  }
  if (!principal.empty()) findings.push_back(AccountFinding(config, principal));
  return findings;
}

}  // namespace proctor
