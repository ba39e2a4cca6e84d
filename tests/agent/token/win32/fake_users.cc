#include "tests/agent/token/win32/fake_users.h"

#include <atomic>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/win32/last_error.h"

namespace proctor {
namespace {

thread_local std::string thread_user;
std::atomic<int> held_profiles{0};

class FakeProfile final : public SecurityContext {
 public:
  FakeProfile() { ++held_profiles; }
  ~FakeProfile() override { --held_profiles; }
};

// Of "S-1-5-21-1-1-1-<user>", "user<N>" and "DOMAIN\\user<N>"; 0 for others.
uint32_t NumberOf(absl::string_view text) {
  for (const absl::string_view prefix : {"S-1-5-21-1-1-1-", "user", "DOMAIN\\user", ".\\user"}) {
    uint32_t number = 0;
    absl::string_view rest = text;
    if (absl::ConsumePrefix(&rest, prefix) && absl::SimpleAtoi(rest, &number)) return number;
  }
  return 0;
}

}  // namespace

std::string FakeUsers::Sid(uint32_t user) { return absl::StrCat("S-1-5-21-1-1-1-", user); }

TokenFacts FakeUsers::UserFacts(uint32_t user) {
  TokenFacts facts;
  facts.user_sid = Sid(user);
  facts.group_sids = {"S-1-1-0", "S-1-5-32-545"};
  facts.logon_session = absl::StrCat("0x0:0x", user, "00");
  facts.logon_sid = absl::StrCat("S-1-5-5-0-", user);
  facts.primary = true;
  facts.level = SecurityImpersonation;
  facts.integrity = SECURITY_MANDATORY_MEDIUM_RID;
  facts.privileges = {"SeChangeNotifyPrivilege"};
  return facts;
}

std::shared_ptr<const Win32Token> FakeUsers::MakeToken(TokenFacts facts) {
  return *Read(New(std::move(facts)));
}

UniqueHandle FakeUsers::New(TokenFacts facts) {
  static std::atomic<int> last{0};
  MutexLock lock(&mutex_);
  names_.push_back(L"proctor-fake-token-" + std::to_wstring(::GetCurrentProcessId()) + L"-" +
                   std::to_wstring(++last));
  UniqueHandle token(::CreateEventW(nullptr, TRUE, FALSE, names_.back().c_str()));
  facts_[token.get()] = std::move(facts);
  return token;
}

TokenFacts FakeUsers::FactsOf(HANDLE token) {
  MutexLock lock(&mutex_);
  return facts_.at(token);
}

int FakeUsers::OpenTokens() {
  MutexLock lock(&mutex_);
  int open = 0;
  for (const std::wstring& name : names_) {
    if (UniqueHandle(::OpenEventW(SYNCHRONIZE, FALSE, name.c_str())).valid()) ++open;
  }
  return open;
}

int FakeUsers::HeldProfiles() { return held_profiles; }
std::string FakeUsers::ThreadUser() { return thread_user; }

std::vector<std::string> FakeUsers::Calls() {
  MutexLock lock(&mutex_);
  return calls_;
}

bool FakeUsers::Fails(const char* call) {
  MutexLock lock(&mutex_);
  calls_.emplace_back(call);
  return fail == call;
}

absl::StatusOr<UniqueHandle> FakeUsers::LogOn(const PasswordLogon& logon) {
  if (Fails("LogOn")) return OsErrorStatus("LogonUserW", code);
  if (logon.type == type_not_granted) {
    return OsErrorStatus("LogonUserW", ERROR_LOGON_TYPE_NOT_GRANTED);
  }
  TokenFacts facts = logged_on != nullptr ? *logged_on : UserFacts(NumberOf(logon.user));
  if (logon.type == LOGON32_LOGON_NETWORK) facts.primary = false;
  return New(std::move(facts));
}

absl::StatusOr<UniqueHandle> FakeUsers::LogOnWithoutPassword(const Account& account) {
  if (Fails("LogOnWithoutPassword")) return OsErrorStatus("LsaLogonUser", code);
  return New(logged_on != nullptr ? *logged_on : UserFacts(NumberOf(account.sid)));
}

absl::StatusOr<Account> FakeUsers::FindAccount(const std::string& name) {
  const uint32_t user = NumberOf(name);
  if (Fails("FindAccount") || user == 0) {
    return OsErrorStatus("LookupAccountNameW", ERROR_NONE_MAPPED, name);
  }
  return Account{Sid(user), "DOMAIN", absl::StrCat("user", user), true, false};
}

absl::StatusOr<SessionUser> FakeUsers::UserOfSession(uint32_t session) {
  if (Fails("UserOfSession")) return OsErrorStatus("WTSQueryUserToken", code);
  if (session != 7) return absl::NotFoundError("nobody is logged on");
  return session_user;
}

absl::Status FakeUsers::Impersonate(HANDLE token) {
  if (Fails("Impersonate")) return OsErrorStatus("ImpersonateLoggedOnUser", code);
  thread_user = FactsOf(token).user_sid;
  return absl::OkStatus();
}

absl::Status FakeUsers::Revert() {
  if (Fails("Revert")) return OsErrorStatus("RevertToSelf", code);
  thread_user.clear();
  return absl::OkStatus();
}

absl::StatusOr<UniqueHandle> FakeUsers::DuplicatePrimary(HANDLE token, DWORD) {
  if (Fails("DuplicatePrimary")) return OsErrorStatus("DuplicateTokenEx", code);
  TokenFacts facts = FactsOf(token);
  facts.primary = true;
  return New(std::move(facts));
}

absl::StatusOr<UniqueHandle> FakeUsers::Restrict(HANDLE token, bool drop_privileges,
                                                 const std::vector<std::string>& deny_only) {
  if (Fails("Restrict")) return OsErrorStatus("CreateRestrictedToken", code);
  TokenFacts facts = FactsOf(token);
  if (drop_privileges) facts.privileges.clear();
  if (!deny_only_is_ignored) facts.deny_only_sids = deny_only;
  return New(std::move(facts));
}

absl::Status FakeUsers::SetIntegrity(HANDLE token, uint32_t relative_id) {
  if (Fails("SetIntegrity")) return OsErrorStatus("SetTokenInformation", code);
  MutexLock lock(&mutex_);
  facts_.at(token).integrity = relative_id;
  return absl::OkStatus();
}

absl::StatusOr<UniqueHandle> FakeUsers::MoveToSession(HANDLE token, uint32_t session) {
  if (Fails("MoveToSession")) return OsErrorStatus("SetTokenInformation", code);
  TokenFacts facts = FactsOf(token);
  if (!session_is_ignored) facts.session = session;
  return New(std::move(facts));
}

absl::StatusOr<ProfileReference> FakeUsers::LoadProfile(HANDLE, const std::string&) {
  if (Fails("LoadProfile")) return OsErrorStatus("LoadUserProfileW", code);
  return ProfileReference{std::make_shared<const FakeProfile>(), "local profile"};
}

absl::StatusOr<std::vector<std::string>> FakeUsers::EnvironmentBlock(HANDLE token) {
  if (Fails("EnvironmentBlock")) return OsErrorStatus("CreateEnvironmentBlock", code);
  return std::vector<std::string>{"PATH=C:\\windows\\system32", "SystemRoot=C:\\windows",
                                  "USERPROFILE=C:\\", "USER_SID=" + FactsOf(token).user_sid};
}

absl::StatusOr<std::shared_ptr<const Win32Token>> FakeUsers::Read(UniqueHandle handle) {
  Fails("Read");
  TokenFacts facts = FactsOf(handle.get());
  return std::make_shared<const Win32Token>(std::move(handle), std::move(facts));
}

absl::Status FakeUsers::CheckLocal(const OpenedPath& file) {
  if (remote.empty() || !absl::EndsWithIgnoreCase(file.path, remote)) {
    return TokenCalls::CheckLocal(file);
  }
  return absl::FailedPreconditionError(absl::StrCat(file.path, " is on another machine"));
}

}  // namespace proctor
