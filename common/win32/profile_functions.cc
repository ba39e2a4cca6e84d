#include "common/win32/profile_functions.h"

namespace proctor {
namespace {

template <typename Function>
void Find(HMODULE library, const char* name, Function* function) {
  *function = reinterpret_cast<Function>(reinterpret_cast<void*>(::GetProcAddress(library, name)));
}

// netapi32 is loaded when it is first asked, and from the system's directory: it is none of the
// KnownDLLs, so an import would be looked for beside the program first.
ProfileFunctions Load() {
  ProfileFunctions functions;
  functions.load = &::LoadUserProfileW;
  functions.unload = &::UnloadUserProfile;
  const HMODULE library = ::LoadLibraryExW(L"netapi32.dll", nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32);
  if (library == nullptr) return functions;
  Find(library, "NetUserGetInfo", &functions.user_info);
  Find(library, "DsGetDcNameW", &functions.domain_controller);
  Find(library, "NetApiBufferFree", &functions.free_buffer);
  return functions;
}

}  // namespace

const ProfileFunctions& ProfileFunctions::System() {
  static const ProfileFunctions functions = Load();
  return functions;
}

}  // namespace proctor
