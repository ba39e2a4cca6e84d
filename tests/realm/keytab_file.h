#ifndef PROCTOR_TESTS_REALM_KEYTAB_FILE_H_
#define PROCTOR_TESTS_REALM_KEYTAB_FILE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"

namespace proctor {

// An entry of a keytab file, with its key.
struct KeytabFileEntry {
  std::string realm;
  std::vector<std::string> components;  // "proctor", "agent.test"
  uint32_t name_type = 1;
  uint32_t timestamp = 0;
  uint32_t kvno = 0;
  uint16_t enctype = 0;
  std::string key;
};

// Keytab files of version 0x502, for tests that need one which no realm's tool would write. Entries
// keep their order. An error for what is cut off; entries of deleted space are left out.
absl::StatusOr<std::vector<KeytabFileEntry>> ReadKeytabFile(const std::string& path);
// 0600, in place of what is there.
absl::Status WriteKeytabFile(const std::string& path, const std::vector<KeytabFileEntry>& entries);

}  // namespace proctor

#endif  // PROCTOR_TESTS_REALM_KEYTAB_FILE_H_
