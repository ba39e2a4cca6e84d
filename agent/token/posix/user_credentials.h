#ifndef PROCTOR_AGENT_TOKEN_POSIX_USER_CREDENTIALS_H_
#define PROCTOR_AGENT_TOKEN_POSIX_USER_CREDENTIALS_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "agent/token/principal.h"

namespace proctor {

// The credentials that a login of `user` (a name, or a uid in decimal) has: uid and gid of its
// entry in the name service, and the groups of initgroups(3). Blocks on the name service. NOT_FOUND
// when that knows no such user: an id alone has no groups that anybody could vouch for.
absl::StatusOr<Principal> UserCredentials(absl::string_view user);

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POSIX_USER_CREDENTIALS_H_
