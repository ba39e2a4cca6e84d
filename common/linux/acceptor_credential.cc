#include "common/linux/acceptor_credential.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/failure_detail.h"
#include "common/linux/gss_error.h"
#include "common/linux/keytab_keys.h"

namespace proctor {
namespace {

absl::Status NoKey(const KeytabKeys& keytab, const std::string& service) {
  const auto name = [](std::string* out, const auto& entry) { out->append(entry.first); };
  v1::FailureDetail detail;
  detail.set_subject(keytab.keytab);
  detail.set_advice(absl::StrCat("Have the realm make a key of ", service,
                                 " and put it into the keytab (MIT: kadmin ktadd; FreeIPA: "
                                 "ipa-getkeytab; Active Directory: adcli update --service-name, "
                                 "msktutil, ktpass)."));
  return WithFailureDetail(
      absl::FailedPreconditionError(absl::StrCat(
          keytab.keytab, " has no key of ", service,
          keytab.keys.empty() ? ""
                              : absl::StrCat("; it has ", absl::StrJoin(keytab.keys, ", ", name)))),
      detail);
}

// How well an entry of the expected service fits. A realm other than a domain may have names that
// differ in case alone.
int Fit(const std::string& principal, const std::string& expected, absl::string_view meant) {
  if (principal == meant) return 3;
  if (IsService(principal, meant)) return 2;
  return absl::StartsWith(absl::StrCat(principal, "@"), absl::StrCat(expected, "@")) ? 1 : 0;
}

}  // namespace

absl::StatusOr<std::string> FindAcceptorPrincipal(const GssLibrary& gss,
                                                  const NegotiateAcceptorOptions& options,
                                                  absl::string_view meant) {
  const absl::StatusOr<KeytabKeys> keytab = ReadKeytabKeys(gss, options.keytab);
  if (!keytab.ok()) return keytab.status();
  const std::string& expected = options.service_principal;
  const std::string* found = nullptr;
  for (const auto& [name, keys] : keytab->keys) {
    if (!IsService(name, expected)) continue;
    if (found == nullptr || Fit(name, expected, meant) > Fit(*found, expected, meant)) {
      found = &name;
    }
  }
  if (found == nullptr) return NoKey(*keytab, expected);
  return *found;
}

absl::StatusOr<AcceptorCredential> AcquireAcceptorCredential(
    const GssLibrary& gss, const NegotiateAcceptorOptions& options, absl::string_view meant) {
  absl::StatusOr<std::string> principal = FindAcceptorPrincipal(gss, options, meant);
  if (!principal.ok()) return principal.status();
  OM_uint32 minor = 0;
  gss_buffer_desc text = InputBuffer(*principal);
  GssName name(&gss);
  OM_uint32 major = gss.gss_import_name(&minor, &text, PrincipalNameType(), name.receive());
  if (GSS_ERROR(major)) return GssErrorStatus(gss, "gss_import_name", major, minor, *principal);
  gss_key_value_element_desc keytab = {"keytab", options.keytab.c_str()};
  const gss_key_value_set_desc store = {1, &keytab};
  GssCredential credential(&gss);
  major =
      gss.gss_acquire_cred_from(&minor, name.get(), GSS_C_INDEFINITE, GSS_C_NO_OID_SET,
                                GSS_C_ACCEPT, options.keytab.empty() ? GSS_C_NO_CRED_STORE : &store,
                                credential.receive(), nullptr, nullptr);
  if (GSS_ERROR(major)) {
    return GssErrorStatus(gss, "gss_acquire_cred_from", major, minor, *principal);
  }
  return AcceptorCredential{*std::move(principal), std::move(credential)};
}

}  // namespace proctor
