#include "agent/caller/linux/local_account.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "agent/caller/kerberos/principal_realm.h"
#include "agent/token/posix/account_identity.h"
#include "common/failure_detail.h"
#include "common/linux/gss_error.h"
#include "common/linux/gss_handles.h"
#include "common/linux/kerberos_names.h"
#include "common/os_error.h"
#include "common/os_error_code.h"
#include "common/printable.h"

namespace proctor {
namespace {

constexpr char kNameServiceAdvice[] =
    "See that the agent's name service answers (getent passwd NAME): winbindd or sssd must run "
    "where nsswitch.conf names it.";

LocalAccount None(std::string reason, std::string advice) {
  return {v1::Principal(), std::move(reason), std::move(advice)};
}

// Some of krb5.conf's mappings (auth_to_local_names) do not look at the realm: any other realm
// could then choose who its principals are here.
absl::optional<LocalAccount> RefuseRealm(const NegotiateFacts& facts,
                                         const std::vector<std::string>& trusted_realms) {
  const absl::string_view realm = RealmOfPrincipal(facts.client_principal);
  const absl::string_view own = RealmOfPrincipal(facts.service_principal);
  if (realm.empty()) {
    return None("its realm has characters that have to be quoted", "use another realm's principal");
  }
  if (realm == own ||
      std::find(trusted_realms.begin(), trusted_realms.end(), realm) != trusted_realms.end()) {
    return absl::nullopt;
  }
  const std::string name = Printable(realm);
  return None(absl::StrCat("the realm ", name, " is neither the agent's, ", Printable(own),
                           ", nor one that its configuration trusts"),
              absl::StrCat("have the agent's configuration trust it: negotiate { trusted_realm: \"",
                           name, "\" }, and give it a rule (RULE:) in krb5.conf's auth_to_local"));
}

// The library's own answer is that there is no name, whatever kept it from finding one.
LocalAccount ExplainNoName(const GssLibrary& gss, const NegotiateFacts& facts) {
  const std::string realm = Printable(RealmOfPrincipal(facts.client_principal));
  KerberosContext context(&gss);
  const bool usable = gss.krb5_init_context(context.receive()) == 0;
  const std::string own = usable ? DefaultRealm(gss, context.get()) : "";
  if (own.empty()) {
    return None(
        "the agent's krb5.conf has no default_realm, and without one no principal has an "
        "account",
        absl::StrCat("set default_realm = ", realm, " in the agent's krb5.conf"));
  }
  if (own != realm) {
    return None(absl::StrCat("the default_realm of the agent's krb5.conf is ", Printable(own),
                             ", and no auth_to_local rule there is for principals of ", realm),
                absl::StrCat("set default_realm = ", realm,
                             " in the agent's krb5.conf, or add a rule (RULE:)"
                             " to auth_to_local of ",
                             Printable(own)));
  }
  return None("no auth_to_local rule of the agent's krb5.conf names an account for it",
              absl::StrCat("add a rule to auth_to_local of ", own, " in the agent's krb5.conf"));
}

LocalAccount ExplainNoAccount(const absl::Status& not_found, const std::string& name) {
  if (const absl::optional<OsError> error = GetOsError(not_found); error.has_value()) {
    return None(absl::StrCat("auth_to_local names ", Printable(name),
                             ", and the name service did not answer in full: ", error->call, ": ",
                             OsErrorText(error->code)),
                kNameServiceAdvice);
  }
  return None(absl::StrCat("auth_to_local names ", Printable(name),
                           ", and the name service has no such account"),
              absl::StrCat("add the account, or a rule to auth_to_local in the agent's krb5.conf "
                           "that names another. Where winbind calls it DOMAIN\\",
                           Printable(name),
                           ": set \"winbind use default domain\", or load its localauth plugin in "
                           "krb5.conf"));
}

absl::StatusOr<std::string> LocalName(const GssLibrary& gss, const std::string& principal) {
  OM_uint32 minor = 0;
  gss_buffer_desc text = InputBuffer(principal);
  GssName client(&gss);
  OM_uint32 major = gss.gss_import_name(&minor, &text, PrincipalNameType(), client.receive());
  if (GSS_ERROR(major)) return GssErrorStatus(gss, "gss_import_name", major, minor, principal);
  GssBuffer name(&gss);
  major = gss.gss_localname(&minor, client.get(), KerberosMechanism(), name.receive());
  if (major == GSS_S_COMPLETE) return std::string(View(name));
  const auto code = static_cast<krb5_error_code>(minor);
  if (GSS_ROUTINE_ERROR(major) == GSS_S_UNAVAILABLE || code == KRB5_LNAME_NOTRANS ||
      code == KRB5_NO_LOCALNAME || code == KRB5_PLUGIN_NO_HANDLE) {
    return std::string();
  }
  return GssErrorStatus(gss, "gss_localname", major, minor);
}

absl::Status NameServiceFailure(const absl::Status& failed) {
  v1::FailureDetail detail;
  if (const absl::optional<OsError> error = GetOsError(failed); error.has_value()) {
    detail.set_call(error->call);
    detail.set_os_error_code(error->code);
    detail.set_os_error_name(OsErrorName(error->code));
  }
  detail.set_advice(kNameServiceAdvice);
  return WithFailureDetail(absl::UnavailableError(failed.message()), detail);
}

}  // namespace

absl::StatusOr<LocalAccount> FindLocalAccount(const NegotiateFacts& facts,
                                              const std::vector<std::string>& trusted_realms) {
  if (absl::optional<LocalAccount> refused = RefuseRealm(facts, trusted_realms)) {
    return *std::move(refused);
  }
  const absl::StatusOr<const GssLibrary*> gss = GssLibrary::Load();
  if (!gss.ok()) return gss.status();
  const absl::StatusOr<std::string> name = LocalName(**gss, facts.client_principal);
  if (!name.ok()) return name.status();
  if (name->empty()) return ExplainNoName(**gss, facts);
  absl::StatusOr<v1::Principal> found = IdentityOfAccount(*name);
  if (absl::IsNotFound(found.status())) return ExplainNoAccount(found.status(), *name);
  if (!found.ok()) return NameServiceFailure(found.status());
  // However the rules come to it: a realm's administrators are not this machine's superuser.
  if (found->posix().uid() == 0) {
    return None(absl::StrCat("auth_to_local names ", Printable(*name),
                             ", and the superuser is nobody over the network"),
                "use another principal, or have auth_to_local name another account for it");
  }
  return LocalAccount{*std::move(found),
                      absl::StrCat("krb5.conf's auth_to_local, which names ", Printable(*name)),
                      ""};
}

}  // namespace proctor
