#ifndef PROCTOR_TESTS_AGENT_TOKEN_WIN32_SCRIPTED_CALLS_H_
#define PROCTOR_TESTS_AGENT_TOKEN_WIN32_SCRIPTED_CALLS_H_

#include <memory>
#include <string>
#include <vector>

#include "agent/token/win32/token_calls.h"

namespace proctor {

// An impersonation token of this process's own user.
std::shared_ptr<const Win32Token> OwnImpersonationToken(
    SECURITY_IMPERSONATION_LEVEL level = SecurityImpersonation);

// Writes down the order of calls; each can be made to fail, or to lie. Otherwise the system's own.
class ScriptedCalls final : public TokenCalls {
 public:
  absl::StatusOr<UniqueHandle> LogOn(const PasswordLogon& logon) override;
  absl::StatusOr<UniqueHandle> LogOnWithoutPassword(const Account& account) override;
  absl::StatusOr<Account> FindAccount(const std::string& name) override;
  absl::StatusOr<SessionUser> UserOfSession(uint32_t session) override;
  absl::Status Impersonate(HANDLE token) override;
  absl::Status Revert() override;
  absl::StatusOr<UniqueHandle> DuplicatePrimary(HANDLE token, DWORD access) override;
  absl::StatusOr<UniqueHandle> Restrict(HANDLE token, bool drop_privileges,
                                        const std::vector<std::string>& deny_only) override;
  absl::Status SetIntegrity(HANDLE token, uint32_t relative_id) override;
  absl::StatusOr<UniqueHandle> MoveToSession(HANDLE token, uint32_t session) override;
  absl::StatusOr<ProfileReference> LoadProfile(HANDLE token, const std::string& account) override;
  absl::StatusOr<std::vector<std::string>> EnvironmentBlock(HANDLE token) override;

  TokenCalls* const real = TokenCalls::System();
  std::vector<std::string> calls;
  std::string fail;  // The name of a call, which fails with `code`.
  std::string lie;
  int code = ERROR_ACCESS_DENIED;

 private:
  // Whether `call`, noted now, is the one to fail.
  bool Fails(const char* call);
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_TOKEN_WIN32_SCRIPTED_CALLS_H_
