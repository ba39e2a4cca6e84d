#include "common/linux/kerberos_configuration.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/linux/broken_configuration.h"
#include "common/linux/gss_error.h"
#include "common/linux/kerberos_names.h"

namespace proctor {

std::vector<RealmFinding> CheckConfiguration(const GssLibrary& gss, krb5_context context,
                                             krb5_error_code code) {
  std::vector<std::string> files;
  bool readable = false;
  for (const std::string& path : ConfigurationFiles()) {
    const bool one = ::access(path.c_str(), R_OK) == 0;
    readable = readable || one;
    files.push_back(absl::StrCat(path, one ? "" : " (cannot be read)"));
  }
  RealmFinding configuration{"configuration", absl::StrJoin(files, ", "), ""};
  if (std::getenv("KRB5_CONFIG") != nullptr) configuration.value += ", as KRB5_CONFIG says";
  if (code != 0) {
    const RealmFinding failed = FailedFinding(
        "configuration", KerberosErrorStatus(gss, "krb5_init_context", nullptr, code));
    absl::StrAppend(&configuration.value, ": ", failed.value);
    configuration.advice = failed.advice;
    return {configuration};
  }
  if (!readable) configuration.value += "; the realm is looked for in DNS";
  RealmFinding realm{"default realm", DefaultRealm(gss, context), ""};
  if (realm.value.empty()) {
    realm.value = "none";
    realm.advice = "Set default_realm in [libdefaults] of krb5.conf.";
  }
  return {configuration, realm};
}

}  // namespace proctor
