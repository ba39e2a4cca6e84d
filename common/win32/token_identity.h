#ifndef PROCTOR_COMMON_WIN32_TOKEN_IDENTITY_H_
#define PROCTOR_COMMON_WIN32_TOKEN_IDENTITY_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// Who a token stands for.
struct TokenIdentity {
  std::string user_sid;       // "S-1-5-18"
  std::string logon_session;  // The authentication id: "0x0:0x3e7"
  uint32_t integrity = 0;     // The level's relative id: 0x2000 for medium.
};

// The token needs TOKEN_QUERY.
absl::StatusOr<TokenIdentity> ReadTokenIdentity(const UniqueHandle& token);

// Of the process's primary token. The process needs PROCESS_QUERY_LIMITED_INFORMATION.
absl::StatusOr<TokenIdentity> ReadProcessIdentity(const UniqueHandle& process);

// Of the process that this runs in, whatever its threads impersonate.
absl::StatusOr<TokenIdentity> ReadOwnIdentity();

// Whether this process's token has the group Administrators, and not only to deny: LocalSystem's
// and an elevated administrator's have. False when the system does not tell.
bool RunsAsAdministrator();

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_TOKEN_IDENTITY_H_
