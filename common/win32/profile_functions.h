#ifndef PROCTOR_COMMON_WIN32_PROFILE_FUNCTIONS_H_
#define PROCTOR_COMMON_WIN32_PROFILE_FUNCTIONS_H_

// clang-format off
#include <windows.h>
#include <dsgetdc.h>
#include <lm.h>
#include <userenv.h>
// clang-format on

namespace proctor {

// The system's functions that profiles are looked up and loaded with; a table, because a domain
// with roaming profiles is not at hand in a test.
struct ProfileFunctions {
  decltype(&::LoadUserProfileW) load = nullptr;
  decltype(&::UnloadUserProfile) unload = nullptr;
  // Of netapi32. Null where the system does not have them.
  decltype(&::NetUserGetInfo) user_info = nullptr;
  decltype(&::DsGetDcNameW) domain_controller = nullptr;
  decltype(&::NetApiBufferFree) free_buffer = nullptr;

  static const ProfileFunctions& System();
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_WIN32_PROFILE_FUNCTIONS_H_
