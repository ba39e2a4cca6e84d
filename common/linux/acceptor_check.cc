#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/failure_detail.h"
#include "common/linux/acceptor_credential.h"
#include "common/linux/enctype.h"
#include "common/linux/gss_handles.h"
#include "common/linux/kerberos_configuration.h"
#include "common/linux/keytab_keys.h"
#include "common/realm_check.h"

namespace proctor {
namespace {

// "key 3 (aes256-cts-hmac-sha1-96, aes128-cts-hmac-sha1-96), key 2 (arcfour-hmac)"
RealmFinding KeysFinding(const GssLibrary& gss, const std::string& name,
                         const std::vector<KeytabKey>& keys) {
  std::map<uint32_t, std::set<std::string>, std::greater<>> versions;
  for (const KeytabKey& key : keys) {
    versions[key.version].insert(EnctypeName(gss, key.enctype));
  }
  const uint32_t newest = versions.begin()->first;
  const bool strong = std::any_of(keys.begin(), keys.end(), [newest](const KeytabKey& key) {
    return key.version == newest && !IsWeakEnctype(key.enctype);
  });
  std::vector<std::string> words;
  for (const auto& [version, enctypes] : versions) {
    words.push_back(absl::StrCat("key ", version, " (", absl::StrJoin(enctypes, ", "), ")"));
  }
  return {absl::StrCat("keys of ", name), absl::StrJoin(words, ", "),
          strong ? ""
                 : "The newest key is a weak one, which realms and libraries refuse: have AES keys "
                   "made for the account (msDS-SupportedEncryptionTypes) and export them."};
}

}  // namespace

std::vector<RealmFinding> CheckAcceptor(const NegotiateAcceptorOptions& options) {
  const absl::StatusOr<const GssLibrary*> loaded = GssLibrary::Load();
  if (!loaded.ok()) return {FailedFinding("library", loaded.status())};
  const GssLibrary& gss = **loaded;
  std::vector<RealmFinding> findings;
  {
    KerberosContext context(&gss);
    const krb5_error_code code = gss.krb5_init_context(context.receive());
    findings = CheckConfiguration(gss, context.get(), code);
    if (code != 0) return findings;
  }
  findings.push_back({"service principal", options.service_principal, ""});
  const absl::StatusOr<KeytabKeys> keytab = ReadKeytabKeys(gss, options.keytab);
  if (!keytab.ok()) {
    findings.push_back({"keytab", std::string(keytab.status().message()),
                        "Name the keytab (negotiate { keytab: ... }), and have it readable for the "
                        "agent alone."});
    return findings;
  }
  findings.push_back({"keytab", keytab->keytab, ""});
  std::vector<std::string> others;
  bool found = false;
  for (const auto& [name, keys] : keytab->keys) {
    if (IsService(name, options.service_principal)) {
      findings.push_back(KeysFinding(gss, name, keys));
      found = true;
    } else {
      others.push_back(name);
    }
  }
  if (!found) {
    const absl::Status missing = FindAcceptorPrincipal(gss, options).status();
    findings.push_back({absl::StrCat("keys of ", options.service_principal), "none",
                        GetFailureDetail(missing).value_or(v1::FailureDetail()).advice()});
  }
  if (!others.empty()) findings.push_back({"also in it", absl::StrJoin(others, ", "), ""});
  return findings;
}

}  // namespace proctor
