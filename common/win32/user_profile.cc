#include "common/win32/user_profile.h"

#include <cstdlib>
#include <utility>

#include "common/win32/last_error.h"
#include "common/win32/thread_privileges.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr const wchar_t* kPrivileges[] = {L"SeBackupPrivilege", L"SeRestorePrivilege"};
constexpr DWORD kTokenAccess = TOKEN_QUERY | TOKEN_DUPLICATE | TOKEN_IMPERSONATE;

UserProfile::Kind KindOf(DWORD type) {
  if ((type & PT_TEMPORARY) != 0) return UserProfile::Kind::kTemporary;
  if ((type & PT_MANDATORY) != 0) return UserProfile::Kind::kMandatory;
  if ((type & PT_ROAMING) != 0) return UserProfile::Kind::kRoaming;
  return UserProfile::Kind::kLocal;
}

// GetProfileType speaks of the thread's user. A kind that cannot be found out is taken for local:
// it is told, and nothing is decided on it.
UserProfile::Kind KindOfProfile(HANDLE token) {
  if (!::ImpersonateLoggedOnUser(token)) return UserProfile::Kind::kLocal;
  DWORD type = 0;
  const BOOL known = ::GetProfileType(&type);
  if (!::RevertToSelf()) std::abort();
  return known ? KindOf(type) : UserProfile::Kind::kLocal;
}

}  // namespace

absl::StatusOr<UserProfile> UserProfile::Load(HANDLE token, const std::string& account,
                                              std::wstring roaming_path,
                                              const ProfileFunctions& functions) {
  const size_t separator = account.rfind('\\');
  absl::StatusOr<std::wstring> name =
      ToUtf16(separator == std::string::npos ? account : account.substr(separator + 1));
  if (!name.ok()) return name.status();
  const HANDLE self = ::GetCurrentProcess();
  UniqueHandle own;
  if (!::DuplicateHandle(self, token, self, own.receive(), kTokenAccess, FALSE, 0)) {
    return LastErrorStatus("DuplicateHandle", "token");
  }
  PROFILEINFOW profile = {};
  profile.dwSize = sizeof(profile);
  profile.dwFlags = PI_NOUI;
  profile.lpUserName = name->data();
  if (!roaming_path.empty()) profile.lpProfilePath = roaming_path.data();
  {
    const ThreadPrivileges privileges(kPrivileges);
    if (!functions.load(own.get(), &profile)) {
      return LastErrorStatus("LoadUserProfileW", account);
    }
  }
  const Kind kind = KindOfProfile(own.get());
  return UserProfile(std::move(own), profile.hProfile, kind, functions.unload);
}

UserProfile::UserProfile(UserProfile&& other) noexcept
    : token_(std::move(other.token_)),
      profile_(std::exchange(other.profile_, nullptr)),
      kind_(other.kind_),
      unload_(other.unload_) {}

UserProfile& UserProfile::operator=(UserProfile&& other) noexcept {
  if (this == &other) return *this;
  Unload();
  token_ = std::move(other.token_);
  profile_ = std::exchange(other.profile_, nullptr);
  kind_ = other.kind_;
  unload_ = other.unload_;
  return *this;
}

void UserProfile::Unload() {
  if (profile_ == nullptr) return;
  const ThreadPrivileges privileges(kPrivileges);
  unload_(token_.get(), std::exchange(profile_, nullptr));
}

bool UserProfile::IsAlwaysLoaded(absl::string_view user_sid) {
  return user_sid == "S-1-5-18" || user_sid == "S-1-5-19" || user_sid == "S-1-5-20";
}

absl::string_view ProfileKindText(UserProfile::Kind kind) {
  switch (kind) {
    case UserProfile::Kind::kRoaming:
      return "roaming profile";
    case UserProfile::Kind::kTemporary:
      return "temporary profile, deleted afterwards";
    case UserProfile::Kind::kMandatory:
      return "mandatory profile, changes are lost";
    default:
      return "local profile";
  }
}

}  // namespace proctor
