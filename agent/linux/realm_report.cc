#include "agent/linux/realm_report.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/caller/kerberos/principal_realm.h"
#include "agent/negotiate_offer.h"
#include "agent/token/posix/account_identity.h"
#include "common/linux/gss_error.h"
#include "common/linux/gss_handles.h"
#include "common/linux/kerberos_handles.h"

namespace proctor {
namespace {

constexpr size_t kMaxName = 256;

// The account's name by krb5.conf's rules.
absl::StatusOr<std::string> LocalName(const GssLibrary& gss, const std::string& principal) {
  KerberosContext context(&gss);
  krb5_error_code code = gss.krb5_init_context(context.receive());
  if (code != 0) return KerberosErrorStatus(gss, "krb5_init_context", nullptr, code);
  KerberosPrincipal name(&gss, context.get());
  code = gss.krb5_parse_name(context.get(), principal.c_str(), name.receive());
  if (code != 0) return KerberosErrorStatus(gss, "krb5_parse_name", context.get(), code, principal);
  char account[kMaxName];
  code = gss.krb5_aname_to_localname(context.get(), name.get(), sizeof account, account);
  if (code != 0) {
    return KerberosErrorStatus(gss, "krb5_aname_to_localname", context.get(), code, principal);
  }
  return std::string(account);
}

// Whether the agent lets krb5.conf make an account of it at all.
bool IsOurs(const config::NegotiateConfig& config, const std::string& principal) {
  const absl::StatusOr<const GssLibrary*> gss = GssLibrary::Load();
  if (!gss.ok()) return false;
  const absl::string_view realm = RealmOfPrincipal(principal);
  if (std::find(config.trusted_realm().begin(), config.trusted_realm().end(), realm) !=
      config.trusted_realm().end()) {
    return true;
  }
  KerberosContext context(*gss);
  char* own = nullptr;
  if ((*gss)->krb5_init_context(context.receive()) != 0 ||
      (*gss)->krb5_get_default_realm(context.get(), &own) != 0) {
    return false;
  }
  const bool same = realm == own;
  (*gss)->krb5_free_default_realm(context.get(), own);
  return same;
}

RealmFinding AccountFinding(const config::NegotiateConfig& config, const std::string& principal) {
  RealmFinding finding{absl::StrCat("account of ", principal), "none", ""};
  if (!IsOurs(config, principal)) {
    finding.value = "none: its realm is neither the agent's nor one that it trusts";
    finding.advice = "Name the realm (negotiate { trusted_realm: ... }), with rules for it.";
    return finding;
  }
  const absl::StatusOr<const GssLibrary*> gss = GssLibrary::Load();
  const absl::StatusOr<std::string> name = LocalName(**gss, principal);
  if (!name.ok()) {
    finding.value = absl::StrCat("none: ", name.status().message());
    finding.advice = "Write a rule for it (auth_to_local in the realm's section of krb5.conf).";
    return finding;
  }
  const absl::StatusOr<v1::Principal> account = IdentityOfAccount(*name);
  if (!account.ok()) {
    finding.value = absl::StrCat("krb5.conf's rules say ", *name, ": ", account.status().message());
    finding.advice = absl::StrCat("getent passwd ", *name,
                                  " must find it: is the name service there (sssd, winbind), and "
                                  "does nsswitch.conf ask it?");
    return finding;
  }
  const v1::PosixIdentity& posix = account->posix();
  finding.value = absl::StrCat(*name, ", uid ", posix.uid(), ", gid ", posix.gid(), "; groups ",
                               absl::StrJoin(posix.groups(), " "));
  if (posix.uid() == 0) {
    finding.advice = "No principal of a realm is the superuser here: it has no account.";
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
