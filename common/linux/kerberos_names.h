#ifndef PROCTOR_COMMON_LINUX_KERBEROS_NAMES_H_
#define PROCTOR_COMMON_LINUX_KERBEROS_NAMES_H_

#include <string>

#include "common/linux/gss_library.h"

namespace proctor {

// "alice@EXAMPLE.COM", as krb5_unparse_name(3) writes it; empty when it fails.
std::string NameOfPrincipal(const GssLibrary& gss, krb5_context context,
                            krb5_const_principal principal);
// The one of krb5.conf; empty without.
std::string DefaultRealm(const GssLibrary& gss, krb5_context context);

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_KERBEROS_NAMES_H_
