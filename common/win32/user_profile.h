#ifndef PROCTOR_COMMON_WIN32_USER_PROFILE_H_
#define PROCTOR_COMMON_WIN32_USER_PROFILE_H_

#include <windows.h>

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/win32/profile_functions.h"
#include "common/win32/unique_handle.h"

namespace proctor {

// A reference to a user's profile: while one is held, the user's part of the registry
// (HKEY_CURRENT_USER) and the profile's directory are there. Given back by the destructor, which
// may write a roaming profile to its server and so take its time: not under a lock. Move-only.
class UserProfile {
 public:
  // Where the profile lies, GetProfileType.
  enum class Kind { kLocal, kRoaming, kTemporary, kMandatory };

  // LoadUserProfileW, without dialog boxes (PI_NOUI) and with SeBackupPrivilege and
  // SeRestorePrivilege enabled for the call. `token` needs TOKEN_QUERY, TOKEN_DUPLICATE and
  // TOKEN_IMPERSONATE and may be closed afterwards; `account` names its user's profile, and
  // `roaming_path` says where a profile that roams lies; empty for one that does not, and for one
  // that somebody has loaded already.
  static absl::StatusOr<UserProfile> Load(
      HANDLE token, const std::string& account, std::wstring roaming_path = {},
      const ProfileFunctions& functions = ProfileFunctions::System());
  UserProfile(UserProfile&& other) noexcept;
  UserProfile& operator=(UserProfile&& other) noexcept;
  ~UserProfile() { Unload(); }

  Kind kind() const { return kind_; }

  // Whether a user's profile needs no reference of ours: those of LocalSystem, LocalService and
  // NetworkService are always loaded.
  static bool IsAlwaysLoaded(absl::string_view user_sid);

 private:
  UserProfile(UniqueHandle token, HANDLE profile, Kind kind, decltype(&::UnloadUserProfile) unload)
      : token_(std::move(token)), profile_(profile), kind_(kind), unload_(unload) {}
  void Unload();

  UniqueHandle token_;  // What UnloadUserProfile asks for.
  HANDLE profile_ = nullptr;
  Kind kind_ = Kind::kLocal;
  decltype(&::UnloadUserProfile) unload_;
};

// "local profile"
absl::string_view ProfileKindText(UserProfile::Kind kind);

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_USER_PROFILE_H_
