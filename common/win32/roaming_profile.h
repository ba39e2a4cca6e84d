#ifndef PROCTOR_COMMON_WIN32_ROAMING_PROFILE_H_
#define PROCTOR_COMMON_WIN32_ROAMING_PROFILE_H_

#include <string>

#include "absl/status/statusor.h"
#include "common/win32/profile_functions.h"

namespace proctor {

// Where the roaming profile of `account` ("DOMAIN\\alice", or a name of this machine's) lies, as
// NetUserGetInfo tells it: this machine is asked for its own accounts, a controller of the domain
// for others, which may take as long as the network lets it. Empty: the account has none.
absl::StatusOr<std::wstring> RoamingProfilePath(
    const std::string& account, const ProfileFunctions& functions = ProfileFunctions::System());

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_ROAMING_PROFILE_H_
