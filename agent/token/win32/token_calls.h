#ifndef PROCTOR_AGENT_TOKEN_WIN32_TOKEN_CALLS_H_
#define PROCTOR_AGENT_TOKEN_WIN32_TOKEN_CALLS_H_

#include <windows.h>

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// The system calls that change what a token or a thread can do. Behind an interface because a
// system that can deny them, or lie about them, is not at hand in a test; what tokens are is never
// asked here but read back from them. Errors are those of the call. Thread-safe.
class TokenCalls {
 public:
  virtual ~TokenCalls() = default;

  // ImpersonateLoggedOnUser: from now on this thread acts as the token's user.
  virtual absl::Status Impersonate(HANDLE token) = 0;
  // RevertToSelf.
  virtual absl::Status Revert() = 0;
  // DuplicateTokenEx(TokenPrimary, SecurityImpersonation) with `access` and no inheritance.
  virtual absl::StatusOr<UniqueHandle> DuplicatePrimary(HANDLE token, DWORD access) = 0;
  // CreateRestrictedToken; `drop_privileges` keeps SeChangeNotifyPrivilege alone.
  virtual absl::StatusOr<UniqueHandle> Restrict(HANDLE token, bool drop_privileges,
                                                const std::vector<std::string>& deny_only) = 0;
  // SetTokenInformation(TokenIntegrityLevel).
  virtual absl::Status SetIntegrity(HANDLE token, uint32_t relative_id) = 0;
  // CreateEnvironmentBlock without inheritance, as "NAME=value", UTF-8.
  virtual absl::StatusOr<std::vector<std::string>> EnvironmentBlock(HANDLE token) = 0;

  static TokenCalls* System();
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_WIN32_TOKEN_CALLS_H_
