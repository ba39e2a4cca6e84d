#ifndef PROCTOR_COMMON_LINUX_KERBEROS_CONFIGURATION_H_
#define PROCTOR_COMMON_LINUX_KERBEROS_CONFIGURATION_H_

#include <vector>

#include "common/linux/gss_library.h"
#include "common/realm_check.h"

namespace proctor {

// The configuration files that the library reads, and its default realm. `context` may be null when
// none could be made for `code`.
std::vector<RealmFinding> CheckConfiguration(const GssLibrary& gss, krb5_context context,
                                             krb5_error_code code);

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_KERBEROS_CONFIGURATION_H_
