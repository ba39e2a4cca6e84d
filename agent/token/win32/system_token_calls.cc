// clang-format off
#include <windows.h>
#include <sddl.h>
#include <userenv.h>
// clang-format on

#include <memory>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/token/win32/s4u_logon.h"
#include "agent/token/win32/token_calls.h"
#include "common/win32/last_error.h"
#include "common/win32/roaming_profile.h"
#include "common/win32/thread_privileges.h"
#include "common/win32/token_information.h"
#include "common/win32/user_profile.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};
using Sid = std::unique_ptr<void, FreeLocal>;

absl::StatusOr<Sid> ParseSid(const std::string& text) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(text);
  if (!wide.ok()) return wide.status();
  PSID sid = nullptr;
  if (!::ConvertStringSidToSidW(wide->c_str(), &sid)) {
    return LastErrorStatus("ConvertStringSidToSidW", text);
  }
  return Sid(sid);
}

constexpr const wchar_t* kTrustedBase[] = {L"SeTcbPrivilege"};

// A password as Windows wants it, overwritten when it goes.
class WidePassword {
 public:
  explicit WidePassword(absl::string_view utf8) {
    // Never more units than bytes.
    text_.resize(utf8.size() + 1);
    if (utf8.empty()) return;
    const int units = ::MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, utf8.data(),
                                            static_cast<int>(utf8.size()), text_.data(),
                                            static_cast<int>(text_.size() - 1));
    valid_ = units > 0;
  }
  ~WidePassword() { ::SecureZeroMemory(text_.data(), text_.size() * sizeof(wchar_t)); }
  WidePassword(const WidePassword&) = delete;
  WidePassword& operator=(const WidePassword&) = delete;

  bool valid() const { return valid_; }
  const wchar_t* text() const { return text_.data(); }

 private:
  bool valid_ = true;
  std::vector<wchar_t> text_;
};

// The domain of the machine's own accounts; empty when the system does not tell.
std::wstring OwnMachine() {
  wchar_t name[MAX_COMPUTERNAME_LENGTH + 1];
  DWORD length = MAX_COMPUTERNAME_LENGTH + 1;
  return ::GetComputerNameW(name, &length) ? std::wstring(name, length) : std::wstring();
}

absl::StatusOr<Account> DescribeAccount(PSID sid, const std::string& subject) {
  absl::StatusOr<std::string> text = SidToString(sid);
  if (!text.ok()) return text.status();
  wchar_t name[257];
  wchar_t domain[257];
  DWORD name_length = 257;
  DWORD domain_length = 257;
  SID_NAME_USE use;
  if (!::LookupAccountSidW(nullptr, sid, name, &name_length, domain, &domain_length, &use)) {
    return LastErrorStatus("LookupAccountSidW", subject);
  }
  return Account{*std::move(text), FromUtf16(domain), FromUtf16(name), use == SidTypeUser,
                 ::_wcsicmp(OwnMachine().c_str(), domain) == 0};
}

// The held object of a ProfileReference.
class LoadedProfile final : public SecurityContext {
 public:
  explicit LoadedProfile(UserProfile profile) : profile_(std::move(profile)) {}

 private:
  const UserProfile profile_;
};

class SystemTokenCalls final : public TokenCalls {
 public:
  absl::StatusOr<UniqueHandle> LogOn(const PasswordLogon& logon) override {
    const absl::StatusOr<std::wstring> user = ToUtf16(logon.user);
    if (!user.ok()) return user.status();
    const absl::StatusOr<std::wstring> domain = ToUtf16(logon.domain);
    if (!domain.ok()) return domain.status();
    const WidePassword password(logon.password.view());
    if (!password.valid()) return absl::InvalidArgumentError("the password is not UTF-8");
    UniqueHandle token;
    if (!::LogonUserW(user->c_str(), domain->empty() ? nullptr : domain->c_str(), password.text(),
                      logon.type, LOGON32_PROVIDER_DEFAULT, token.receive())) {
      return LastErrorStatus("LogonUserW");
    }
    return token;
  }

  absl::StatusOr<UniqueHandle> LogOnWithoutPassword(const Account& account) override {
    return S4uLogOn(account);
  }

  absl::StatusOr<Account> FindAccount(const std::string& name) override {
    if (absl::StartsWith(name, "S-1-")) {
      const absl::StatusOr<Sid> sid = ParseSid(name);
      if (!sid.ok()) return sid.status();
      return DescribeAccount(sid->get(), name);
    }
    absl::StatusOr<std::wstring> wide = ToUtf16(name);
    if (!wide.ok()) return wide.status();
    if (absl::StartsWith(name, ".\\")) wide->replace(0, 1, OwnMachine());
    alignas(SID) unsigned char sid[SECURITY_MAX_SID_SIZE];
    DWORD sid_bytes = sizeof(sid);
    wchar_t domain[257];
    DWORD domain_length = 257;
    SID_NAME_USE use;
    if (!::LookupAccountNameW(nullptr, wide->c_str(), sid, &sid_bytes, domain, &domain_length,
                              &use)) {
      return LastErrorStatus("LookupAccountNameW", name);
    }
    return DescribeAccount(sid, name);
  }

  absl::StatusOr<SessionUser> UserOfSession(uint32_t session) override {
    return ReadSessionUser(session);
  }

  absl::Status Impersonate(HANDLE token) override {
    return ::ImpersonateLoggedOnUser(token) ? absl::OkStatus()
                                            : LastErrorStatus("ImpersonateLoggedOnUser");
  }

  absl::Status Revert() override {
    return ::RevertToSelf() ? absl::OkStatus() : LastErrorStatus("RevertToSelf");
  }

  absl::StatusOr<UniqueHandle> DuplicatePrimary(HANDLE token, DWORD access) override {
    SECURITY_ATTRIBUTES attributes = {sizeof(attributes), nullptr, FALSE};
    UniqueHandle primary;
    if (!::DuplicateTokenEx(token, access, &attributes, SecurityImpersonation, TokenPrimary,
                            primary.receive())) {
      return LastErrorStatus("DuplicateTokenEx");
    }
    return primary;
  }

  absl::StatusOr<UniqueHandle> Restrict(HANDLE token, bool drop_privileges,
                                        const std::vector<std::string>& deny_only) override {
    std::vector<Sid> sids;
    std::vector<SID_AND_ATTRIBUTES> disabled;
    for (const std::string& text : deny_only) {
      absl::StatusOr<Sid> sid = ParseSid(text);
      if (!sid.ok()) return sid.status();
      disabled.push_back({sid->get(), 0});
      sids.push_back(*std::move(sid));
    }
    UniqueHandle restricted;
    if (!::CreateRestrictedToken(token, drop_privileges ? DISABLE_MAX_PRIVILEGE : 0,
                                 static_cast<DWORD>(disabled.size()), disabled.data(), 0, nullptr,
                                 0, nullptr, restricted.receive())) {
      return LastErrorStatus("CreateRestrictedToken");
    }
    return restricted;
  }

  absl::Status SetIntegrity(HANDLE token, uint32_t relative_id) override {
    SID_IDENTIFIER_AUTHORITY authority = SECURITY_MANDATORY_LABEL_AUTHORITY;
    PSID sid = nullptr;
    if (!::AllocateAndInitializeSid(&authority, 1, relative_id, 0, 0, 0, 0, 0, 0, 0, &sid)) {
      return LastErrorStatus("AllocateAndInitializeSid");
    }
    TOKEN_MANDATORY_LABEL label = {{sid, SE_GROUP_INTEGRITY}};
    const BOOL set = ::SetTokenInformation(token, TokenIntegrityLevel, &label,
                                           sizeof(label) + ::GetLengthSid(sid));
    const absl::Status status =
        set ? absl::OkStatus() : LastErrorStatus("SetTokenInformation", "TokenIntegrityLevel");
    ::FreeSid(sid);
    return status;
  }

  absl::StatusOr<UniqueHandle> MoveToSession(HANDLE token, uint32_t session) override {
    const HANDLE self = ::GetCurrentProcess();
    UniqueHandle same;
    if (!::DuplicateHandle(self, token, self, same.receive(), 0, FALSE, DUPLICATE_SAME_ACCESS)) {
      return LastErrorStatus("DuplicateHandle", "token");
    }
    DWORD id = session;
    const ThreadPrivileges privileges(kTrustedBase);
    if (!::SetTokenInformation(same.get(), TokenSessionId, &id, sizeof(id))) {
      return LastErrorStatus("SetTokenInformation", "TokenSessionId");
    }
    return same;
  }

  absl::StatusOr<ProfileReference> LoadProfile(HANDLE token, const std::string& account) override {
    // Accounts of services and of directories elsewhere are not to be found out about, nor is
    // anybody while the domain is away: what is on this machine of a profile then serves.
    const absl::StatusOr<std::wstring> roaming = RoamingProfilePath(account);
    absl::StatusOr<UserProfile> profile =
        UserProfile::Load(token, account, roaming.value_or(std::wstring()));
    if (!profile.ok()) return profile.status();
    ProfileReference reference;
    reference.kind = std::string(ProfileKindText(profile->kind()));
    if (!roaming.ok()) {
      absl::StrAppend(&reference.kind,
                      " (whether it roams is unknown: ", roaming.status().message(), ")");
    }
    reference.held = std::make_shared<const LoadedProfile>(*std::move(profile));
    return reference;
  }

  absl::StatusOr<std::vector<std::string>> EnvironmentBlock(HANDLE token) override {
    void* block = nullptr;
    if (!::CreateEnvironmentBlock(&block, token, FALSE)) {
      return LastErrorStatus("CreateEnvironmentBlock");
    }
    std::vector<std::string> variables;
    for (const wchar_t* entry = static_cast<const wchar_t*>(block); *entry != L'\0';
         entry += std::wstring_view(entry).size() + 1) {
      variables.push_back(FromUtf16(entry));
    }
    ::DestroyEnvironmentBlock(block);
    return variables;
  }
};

}  // namespace

TokenCalls* TokenCalls::System() {
  static SystemTokenCalls* const calls = new SystemTokenCalls;
  return calls;
}

}  // namespace proctor
