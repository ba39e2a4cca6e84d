#include "tests/agent/token/win32/scripted_calls.h"

#include <gtest/gtest.h>

#include <utility>

#include "common/win32/last_error.h"

namespace proctor {

std::shared_ptr<const Win32Token> OwnImpersonationToken(SECURITY_IMPERSONATION_LEVEL level) {
  UniqueHandle process;
  EXPECT_TRUE(
      ::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, process.receive()));
  UniqueHandle token;
  EXPECT_TRUE(::DuplicateTokenEx(process.get(), MAXIMUM_ALLOWED, nullptr, level, TokenImpersonation,
                                 token.receive()));
  return *Win32Token::Read(std::move(token));
}

bool ScriptedCalls::Fails(const char* call) {
  calls.emplace_back(call);
  return fail == call;
}

absl::StatusOr<UniqueHandle> ScriptedCalls::LogOn(const PasswordLogon& logon) {
  if (Fails("LogOn")) return OsErrorStatus("LogonUserW", code);
  return real->LogOn(logon);
}

absl::StatusOr<UniqueHandle> ScriptedCalls::LogOnWithoutPassword(const Account& account) {
  if (Fails("LogOnWithoutPassword")) return OsErrorStatus("LsaLogonUser", code);
  return real->LogOnWithoutPassword(account);
}

absl::StatusOr<Account> ScriptedCalls::FindAccount(const std::string& name) {
  if (Fails("FindAccount")) return OsErrorStatus("LookupAccountNameW", code);
  return real->FindAccount(name);
}

absl::StatusOr<SessionUser> ScriptedCalls::UserOfSession(uint32_t session) {
  if (Fails("UserOfSession")) return OsErrorStatus("WTSQueryUserToken", code);
  return real->UserOfSession(session);
}

absl::Status ScriptedCalls::Impersonate(HANDLE token) {
  if (Fails("Impersonate")) return OsErrorStatus("ImpersonateLoggedOnUser", code);
  return real->Impersonate(token);
}

absl::Status ScriptedCalls::Revert() {
  if (Fails("Revert")) return OsErrorStatus("RevertToSelf", code);
  return real->Revert();
}

absl::StatusOr<UniqueHandle> ScriptedCalls::DuplicatePrimary(HANDLE token, DWORD access) {
  if (Fails("DuplicatePrimary")) return OsErrorStatus("DuplicateTokenEx", code);
  if (lie == "handle") return UniqueHandle(reinterpret_cast<HANDLE>(0xdeadbeef));
  if (lie == "type") {
    UniqueHandle impersonation;
    ::DuplicateTokenEx(token, MAXIMUM_ALLOWED, nullptr, SecurityImpersonation, TokenImpersonation,
                       impersonation.receive());
    return impersonation;
  }
  return real->DuplicatePrimary(token, access);
}

absl::StatusOr<UniqueHandle> ScriptedCalls::Restrict(HANDLE token, bool drop_privileges,
                                                     const std::vector<std::string>& deny_only) {
  if (Fails("Restrict")) return OsErrorStatus("CreateRestrictedToken", code);
  return real->Restrict(token, drop_privileges, deny_only);
}

absl::Status ScriptedCalls::SetIntegrity(HANDLE token, uint32_t relative_id) {
  if (Fails("SetIntegrity")) return OsErrorStatus("SetTokenInformation", code);
  if (lie == "integrity") return absl::OkStatus();
  return real->SetIntegrity(token, relative_id);
}

absl::StatusOr<UniqueHandle> ScriptedCalls::MoveToSession(HANDLE token, uint32_t session) {
  if (Fails("MoveToSession")) return OsErrorStatus("SetTokenInformation", code);
  return real->MoveToSession(token, session);
}

absl::StatusOr<ProfileReference> ScriptedCalls::LoadProfile(HANDLE token,
                                                            const std::string& account) {
  if (Fails("LoadProfile")) return OsErrorStatus("LoadUserProfileW", code);
  return real->LoadProfile(token, account);
}

absl::StatusOr<std::vector<std::string>> ScriptedCalls::EnvironmentBlock(HANDLE token) {
  if (Fails("EnvironmentBlock")) return OsErrorStatus("CreateEnvironmentBlock", code);
  return real->EnvironmentBlock(token);
}

}  // namespace proctor
