#include "agent/caller/kerberos/principal_realm.h"

#include <cstddef>

#include "absl/strings/match.h"

namespace proctor {

absl::string_view RealmOfPrincipal(absl::string_view principal) {
  for (size_t i = 0; i < principal.size(); ++i) {
    if (principal[i] == '\\') {
      ++i;
    } else if (principal[i] == '@') {
      const absl::string_view realm = principal.substr(i + 1);
      return absl::StrContains(realm, '\\') ? absl::string_view() : realm;
    }
  }
  return absl::string_view();
}

}  // namespace proctor
