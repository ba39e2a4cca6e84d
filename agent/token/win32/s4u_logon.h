#ifndef PROCTOR_AGENT_TOKEN_WIN32_S4U_LOGON_H_
#define PROCTOR_AGENT_TOKEN_WIN32_S4U_LOGON_H_

#include "absl/status/statusor.h"
#include "agent/token/win32/token_calls.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// A primary token of `account` from the local security authority, without a password (Service for
// User, MS-SFU). It carries no credentials for other machines, and the account needs the right "Log
// on as a batch job". PERMISSION_DENIED (1314) without SeTcbPrivilege, which is enabled for the
// time of the call. INTERNAL when the authority reports success and gives no token.
absl::StatusOr<UniqueHandle> S4uLogOn(const Account& account);

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_WIN32_S4U_LOGON_H_
