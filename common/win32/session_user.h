#ifndef PROCTOR_COMMON_WIN32_SESSION_USER_H_
#define PROCTOR_COMMON_WIN32_SESSION_USER_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"

namespace proctor {

// Who is logged on to a terminal session.
struct SessionUser {
  std::string user_sid;
  std::string logon_sid;
};

// WTSQueryUserToken, read back. Needs SeTcbPrivilege, which is enabled for the call. NOT_FOUND
// (1008) when nobody is logged on there.
absl::StatusOr<SessionUser> ReadSessionUser(uint32_t session);

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_SESSION_USER_H_
