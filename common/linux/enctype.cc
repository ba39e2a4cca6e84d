#include "common/linux/enctype.h"

#include "absl/strings/str_cat.h"

namespace proctor {

std::string EnctypeName(const GssLibrary& gss, krb5_enctype enctype) {
  char name[100];
  return gss.krb5_enctype_to_name(enctype, /*shortest=*/0, name, sizeof(name)) == 0
             ? name
             : absl::StrCat("encryption type ", enctype);
}

bool IsWeakEnctype(krb5_enctype enctype) {
  return enctype == ENCTYPE_ARCFOUR_HMAC || enctype == ENCTYPE_ARCFOUR_HMAC_EXP ||
         enctype == ENCTYPE_DES3_CBC_SHA1 || enctype < ENCTYPE_DES3_CBC_SHA1;
}

}  // namespace proctor
