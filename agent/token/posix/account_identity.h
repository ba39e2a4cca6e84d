#ifndef PROCTOR_AGENT_TOKEN_POSIX_ACCOUNT_IDENTITY_H_
#define PROCTOR_AGENT_TOKEN_POSIX_ACCOUNT_IDENTITY_H_

#include <string>

#include "absl/status/statusor.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// What a login as the account `name` has: its uid, its gid and, exactly, its groups (getpwnam_r,
// getgrouplist). Blocks on the name service. NOT_FOUND for a name that nobody has.
absl::StatusOr<v1::Principal> IdentityOfAccount(const std::string& name);

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POSIX_ACCOUNT_IDENTITY_H_
