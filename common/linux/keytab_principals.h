#ifndef PROCTOR_COMMON_LINUX_KEYTAB_PRINCIPALS_H_
#define PROCTOR_COMMON_LINUX_KEYTAB_PRINCIPALS_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/linux/gss_library.h"

namespace proctor {

struct KeytabPrincipals {
  std::string keytab;           // "FILE:/etc/krb5.keytab"
  std::set<std::string> names;  // "proctor/host.example.com@EXAMPLE.COM"
};

struct KeytabKey {
  uint32_t version;  // kvno
  krb5_enctype enctype;
};

struct KeytabKeys {
  std::string keytab;
  std::map<std::string, std::vector<KeytabKey>> keys;  // By principal; never the keys themselves.
};

// Whose keys the keytab has now. `path` empty: the Kerberos library's default keytab.
// FAILED_PRECONDITION when it cannot be read.
absl::StatusOr<KeytabPrincipals> ReadKeytabPrincipals(const GssLibrary& gss,
                                                      const std::string& path);
// The same with what is told of the keys.
absl::StatusOr<KeytabKeys> ReadKeytabKeys(const GssLibrary& gss, const std::string& path);

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_KEYTAB_PRINCIPALS_H_
