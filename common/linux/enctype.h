#ifndef PROCTOR_COMMON_LINUX_ENCTYPE_H_
#define PROCTOR_COMMON_LINUX_ENCTYPE_H_

#include <string>

#include "common/linux/gss_library.h"

namespace proctor {

// "aes256-cts-hmac-sha1-96"; "encryption type 99" for one that the library does not know.
std::string EnctypeName(const GssLibrary& gss, krb5_enctype enctype);
// One that realms are about to refuse, or refuse by now: RC4, DES.
bool IsWeakEnctype(krb5_enctype enctype);

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_ENCTYPE_H_
