#ifndef PROCTOR_AGENT_TOKEN_WIN32_TOKEN_CALLS_H_
#define PROCTOR_AGENT_TOKEN_WIN32_TOKEN_CALLS_H_

#include <windows.h>

#include <cstdint>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/token/security_context.h"
#include "agent/token/win32/user_files.h"
#include "agent/token/win32/win32_token.h"
#include "common/secret_bytes.h"
#include "common/win32/session_user.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// An account as the system knows it.
struct Account {
  std::string sid;
  std::string domain;  // The machine's name for its own accounts.
  std::string name;
  bool is_user = false;  // Not a group, an alias, a computer.
  bool is_local = false;
};

// What LogonUserW is given.
struct PasswordLogon {
  std::string user;
  std::string domain;  // "." for the machine's own; empty when `user` is a principal name (a@b).
  SecretBytes password;
  DWORD type = LOGON32_LOGON_BATCH;
};

// A reference to a loaded profile.
struct ProfileReference {
  std::shared_ptr<const SecurityContext> held;  // Unloaded with the last one.
  std::string kind;                             // "local profile"
};

// The system calls that log users on, and that change what a token or a thread can do. Behind an
// interface because a system that can deny them, or lie about them, is not at hand in a test; what
// tokens are is never asked here but read back from them. Privileges are enabled for one call and
// on its thread only. Errors are those of the call. Thread-safe.
class TokenCalls {
 public:
  virtual ~TokenCalls() = default;

  // LogonUserW. May wait for a domain controller.
  virtual absl::StatusOr<UniqueHandle> LogOn(const PasswordLogon& logon) = 0;
  // LsaLogonUser without a password: MSV1_0_S4U_LOGON for a local account, KERB_S4U_LOGON for a
  // domain's. Needs SeTcbPrivilege. May wait for a domain controller.
  virtual absl::StatusOr<UniqueHandle> LogOnWithoutPassword(const Account& account) = 0;
  // LookupAccountNameW; `name` as "DOMAIN\\user", ".\\user" (an account of this machine),
  // "user@domain", "user", or a SID.
  virtual absl::StatusOr<Account> FindAccount(const std::string& name) = 0;
  // WTSQueryUserToken; see ReadSessionUser.
  virtual absl::StatusOr<SessionUser> UserOfSession(uint32_t session) = 0;
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
  // The same token, after SetTokenInformation(TokenSessionId). `token` needs
  // TOKEN_ADJUST_SESSIONID. Needs SeTcbPrivilege.
  virtual absl::StatusOr<UniqueHandle> MoveToSession(HANDLE token, uint32_t session) = 0;
  // LoadUserProfileW with the path of a roaming profile; see UserProfile and RoamingProfilePath.
  // May wait for a domain controller.
  virtual absl::StatusOr<ProfileReference> LoadProfile(HANDLE token,
                                                       const std::string& account) = 0;
  // CreateEnvironmentBlock without inheritance, as "NAME=value", UTF-8.
  virtual absl::StatusOr<std::vector<std::string>> EnvironmentBlock(HANDLE token) = 0;

  // Win32Token::Read. Another only where a test needs users that its machine does not have: what a
  // system reports of its tokens is what everything is checked against.
  virtual absl::StatusOr<std::shared_ptr<const Win32Token>> Read(UniqueHandle handle) {
    return Win32Token::Read(std::move(handle));
  }

  // proctor::CheckLocal. Another only where a test needs files of another machine.
  virtual absl::Status CheckLocal(const OpenedPath& file) { return proctor::CheckLocal(file); }

  static TokenCalls* System();
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_WIN32_TOKEN_CALLS_H_
