#include "common/linux/kerberos_configuration.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "common/linux/gss_error.h"

namespace proctor {
namespace {

constexpr char kUsualConfiguration[] = "/etc/krb5.conf";

}  // namespace

std::vector<RealmFinding> CheckConfiguration(const GssLibrary& gss, krb5_context context,
                                             krb5_error_code code) {
  const char* variable = std::getenv("KRB5_CONFIG");
  std::vector<std::string> files;
  bool readable = false;
  for (const absl::string_view path : absl::StrSplit(
           variable == nullptr ? kUsualConfiguration : variable, ':', absl::SkipEmpty())) {
    const bool one = ::access(std::string(path).c_str(), R_OK) == 0;
    readable = readable || one;
    files.push_back(absl::StrCat(path, one ? "" : " (cannot be read)"));
  }
  RealmFinding configuration{"configuration", absl::StrJoin(files, ", "), ""};
  if (variable != nullptr) configuration.value += ", as KRB5_CONFIG says";
  if (code != 0) {
    absl::StrAppend(&configuration.value, ": ",
                    KerberosErrorStatus(gss, "krb5_init_context", nullptr, code).message());
    configuration.advice = "Mend the file, or one that it includes.";
    return {configuration};
  }
  if (!readable) configuration.value += "; the realm is looked for in DNS";
  char* name = nullptr;
  const krb5_error_code known = gss.krb5_get_default_realm(context, &name);
  RealmFinding realm{"default realm", known == 0 ? name : "none", ""};
  if (known == 0) {
    gss.krb5_free_default_realm(context, name);
  } else {
    realm.advice = "Set default_realm in [libdefaults] of krb5.conf.";
  }
  return {configuration, realm};
}

std::string EnctypeName(const GssLibrary& gss, krb5_enctype enctype) {
  char name[64];
  if (gss.krb5_enctype_to_name(enctype, /*shortest=*/0, name, sizeof name) != 0) {
    return absl::StrCat("enctype ", enctype);
  }
  return name;
}

bool IsWeakEnctype(krb5_enctype enctype) {
  return enctype == ENCTYPE_ARCFOUR_HMAC || enctype == ENCTYPE_ARCFOUR_HMAC_EXP ||
         enctype == ENCTYPE_DES3_CBC_SHA1 || enctype < ENCTYPE_DES3_CBC_SHA1;
}

}  // namespace proctor
