#include "agent/linux/realm_report.h"

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/caller/kerberos/principal_realm.h"
#include "agent/caller/linux/local_account.h"
#include "agent/negotiate_offer.h"
#include "agent/token/account_names.h"
#include "agent/token/account_sids.h"
#include "common/linux/acceptor_credential.h"
#include "common/linux/gss_error.h"
#include "common/linux/gss_handles.h"
#include "common/linux/kerberos_handles.h"
#include "common/linux/kerberos_names.h"

namespace proctor {
namespace {

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
  OM_uint32 minor = 0;
  gss_buffer_desc text = InputBuffer(facts.client_principal);
  GssName name(&gss);
  OM_uint32 major = gss.gss_import_name(&minor, &text, PrincipalNameType(), name.receive());
  if (GSS_ERROR(major)) return GssErrorStatus(gss, "gss_import_name", major, minor, principal);
  return FindLocalAccount(gss, name.get(), facts,
                          {config.trusted_realm().begin(), config.trusted_realm().end()});
}

// What the agent will ask the ticket for besides; empty where the name is enough.
absl::StatusOr<std::string> Condition(const config::NegotiateConfig& config,
                                      const v1::Principal& account) {
  const absl::StatusOr<AccountSids> sids = AccountSids::Resolve(config, *AccountNames::System());
  if (!sids.ok()) return sids.status();
  const absl::string_view source = sids->SourceFor(Principal(account));
  return source.empty() ? "" : absl::StrCat("; for a ticket with its SID, by ", source);
}

RealmFinding AccountFinding(const config::NegotiateConfig& config, const std::string& principal) {
  const std::string what = absl::StrCat("account of ", principal);
  const absl::StatusOr<const GssLibrary*> gss = GssLibrary::Load();
  if (!gss.ok()) return FailedFinding(what, gss.status());
  const absl::StatusOr<LocalAccount> account = AccountOf(**gss, config, principal);
  if (!account.ok()) return FailedFinding(what, account.status());
  if (!account->principal.has_posix()) {
    return {what, absl::StrCat("none: ", account->mapped_by), account->advice};
  }
  const absl::StatusOr<std::string> condition = Condition(config, account->principal);
  if (!condition.ok()) return FailedFinding(what, condition.status());
  const v1::PosixIdentity& posix = account->principal.posix();
  RealmFinding finding{what,
                       absl::StrCat(account->principal.name(), ", uid ", posix.uid(), ", gid ",
                                    posix.gid(), "; groups ", absl::StrJoin(posix.groups(), " "),
                                    "; by ", account->mapped_by, *condition),
                       ""};
  if (IsNameOfComputer(principal) && !config.allow_computer_accounts()) {
    finding.advice =
        "A computer's account is let in only with negotiate { allow_computer_accounts: true }.";
  }
  return finding;
}

}  // namespace

std::vector<RealmFinding> ReportRealm(const config::NegotiateConfig& config,
                                      const std::string& principal) {
  std::vector<RealmFinding> findings = CheckAcceptor(AcceptorOptionsOf(config));
  if (!principal.empty()) findings.push_back(AccountFinding(config, principal));
  return findings;
}

}  // namespace proctor
