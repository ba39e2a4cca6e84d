#ifndef PROCTOR_COMMON_LINUX_KEYTAB_KEYS_H_
#define PROCTOR_COMMON_LINUX_KEYTAB_KEYS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "common/linux/gss_library.h"

namespace proctor {

struct KeytabKey {
  uint32_t version;  // kvno
  krb5_enctype enctype;
};

struct KeytabKeys {
  std::string keytab;  // "FILE:/etc/krb5.keytab"
  // What is told of the keys, never the keys themselves, by principal:
  // "proctor/host.example.com@EXAMPLE.COM".
  std::map<std::string, std::vector<KeytabKey>> keys;
};

// Whose keys the keytab has now. `path` empty: the Kerberos library's default keytab.
// FAILED_PRECONDITION when it cannot be read.
absl::StatusOr<KeytabKeys> ReadKeytabKeys(const GssLibrary& gss, const std::string& path);

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_KEYTAB_KEYS_H_
