#include "common/linux/kerberos_names.h"

namespace proctor {

std::string NameOfPrincipal(const GssLibrary& gss, krb5_context context,
                            krb5_const_principal principal) {
  char* text = nullptr;
  if (gss.krb5_unparse_name(context, principal, &text) != 0) return "";
  std::string name = text;
  gss.krb5_free_unparsed_name(context, text);
  return name;
}

std::string DefaultRealm(const GssLibrary& gss, krb5_context context) {
  char* text = nullptr;
  if (gss.krb5_get_default_realm(context, &text) != 0) return "";
  std::string realm = text;
  gss.krb5_free_default_realm(context, text);
  return realm;
}

}  // namespace proctor
