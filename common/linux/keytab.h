#ifndef PROCTOR_COMMON_LINUX_KEYTAB_H_
#define PROCTOR_COMMON_LINUX_KEYTAB_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/linux/gss_library.h"

namespace proctor {

// Whose key it is, and which; without the key itself.
struct KeytabEntry {
  std::string principal;  // "proctor/host.example.com@EXAMPLE.COM"
  krb5_kvno kvno = 0;
  krb5_enctype enctype = 0;
};

struct Keytab {
  std::string name;  // "FILE:/etc/krb5.keytab"
  std::vector<KeytabEntry> entries;
};

// What the keytab has now, in its order. `path` empty: the Kerberos library's default keytab.
// FAILED_PRECONDITION when it cannot be read.
absl::StatusOr<Keytab> ReadKeytab(const GssLibrary& gss, const std::string& path);

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_KEYTAB_H_
