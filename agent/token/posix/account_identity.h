#ifndef PROCTOR_AGENT_TOKEN_POSIX_ACCOUNT_IDENTITY_H_
#define PROCTOR_AGENT_TOKEN_POSIX_ACCOUNT_IDENTITY_H_

#include <sys/types.h>

#include <string>

#include "absl/status/statusor.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// What a login as an account has: uid and gid of its entry in the name service, and the groups of
// initgroups(3), sorted. Both block on the name service. NOT_FOUND when that knows no such account:
// an id alone has no groups that anybody could vouch for.

// `name` is a name, also when it looks like a number: whoever chooses names could otherwise choose
// whom they mean.
absl::StatusOr<v1::Principal> IdentityOfAccount(const std::string& name);
absl::StatusOr<v1::Principal> IdentityOfUid(uid_t uid);

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POSIX_ACCOUNT_IDENTITY_H_
