#ifndef PROCTOR_TESTS_AGENT_TOKEN_WIN32_FAKE_USERS_H_
#define PROCTOR_TESTS_AGENT_TOKEN_WIN32_FAKE_USERS_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "agent/token/win32/token_calls.h"
#include "common/mutex.h"

namespace proctor {

// A machine with users that the test's machine does not have: its "tokens" are named events, so
// that whether one is still open can be asked, with facts beside them. Each call can be made to
// fail, and the logons to lie. Thread-safe once the public members stand.
class FakeUsers final : public TokenCalls {
 public:
  // "S-1-5-21-1-1-1-<user>", of logon session 0x0:0x<user>00.
  static TokenFacts UserFacts(uint32_t user);
  static std::string Sid(uint32_t user);

  // A new token; its handle is this test's.
  std::shared_ptr<const Win32Token> MakeToken(TokenFacts facts);
  // How many tokens have not been closed.
  int OpenTokens();
  // How many profile references are held.
  static int HeldProfiles();

  // Logs on "user<N>" as UserFacts(N), or as `logged_on`.
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
  absl::StatusOr<std::shared_ptr<const Win32Token>> Read(UniqueHandle handle) override;
  absl::Status CheckLocal(const OpenedPath& file) override;

  // Whom this thread impersonates; empty: nobody.
  static std::string ThreadUser();

  std::string fail;  // The name of a call, which fails with `code`.
  int code = ERROR_ACCESS_DENIED;
  DWORD type_not_granted = 0;  // A type of logon that nobody has the right to.
  std::unique_ptr<TokenFacts> logged_on;
  // Who is logged on to session 7.
  SessionUser session_user;
  bool session_is_ignored = false;
  bool deny_only_is_ignored = false;
  // What is on another machine: whatever path ends so. Empty: nothing.
  std::string remote;
  std::vector<std::string> Calls();

 private:
  bool Fails(const char* call);
  UniqueHandle New(TokenFacts facts);
  TokenFacts FactsOf(HANDLE token);

  Mutex mutex_;
  std::vector<std::string> calls_ ABSL_GUARDED_BY(mutex_);
  std::map<HANDLE, TokenFacts> facts_ ABSL_GUARDED_BY(mutex_);  // Of the latest with that value.
  std::vector<std::wstring> names_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_TOKEN_WIN32_FAKE_USERS_H_
