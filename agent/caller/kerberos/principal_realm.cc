#include "agent/caller/kerberos/principal_realm.h"

#include <cstddef>

#include "absl/strings/match.h"

namespace proctor {
namespace {

// Of the '@' before the realm; npos without.
size_t EndOfName(absl::string_view principal) {
  for (size_t i = 0; i < principal.size(); ++i) {
    if (principal[i] == '\\') {
      ++i;
    } else if (principal[i] == '@') {
      return i;
    }
  }
  return absl::string_view::npos;
}

}  // namespace

absl::string_view RealmOfPrincipal(absl::string_view principal) {
  const size_t end = EndOfName(principal);
  if (end == absl::string_view::npos) return absl::string_view();
  const absl::string_view realm = principal.substr(end + 1);
  return absl::StrContains(realm, '\\') ? absl::string_view() : realm;
}

bool IsNameOfComputer(absl::string_view principal) {
  return absl::EndsWith(principal.substr(0, EndOfName(principal)), "$");
}

}  // namespace proctor
