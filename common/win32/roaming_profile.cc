#include "common/win32/roaming_profile.h"

#include <memory>

#include "common/os_error.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

// What netapi32 allocates.
template <typename Info>
using NetBuffer = std::unique_ptr<Info, decltype(&::NetApiBufferFree)>;

bool IsThisMachine(const std::wstring& domain) {
  wchar_t name[MAX_COMPUTERNAME_LENGTH + 1];
  DWORD length = MAX_COMPUTERNAME_LENGTH + 1;
  return domain.empty() || domain == L"." ||
         (::GetComputerNameW(name, &length) && ::_wcsicmp(name, domain.c_str()) == 0);
}

// "\\\\dc.example.com"; empty for this machine.
absl::StatusOr<std::wstring> ServerOf(const std::wstring& domain,
                                      const ProfileFunctions& functions) {
  if (IsThisMachine(domain)) return std::wstring();
  DOMAIN_CONTROLLER_INFOW* found = nullptr;
  const DWORD error =
      functions.domain_controller(nullptr, domain.c_str(), nullptr, nullptr, 0, &found);
  const NetBuffer<DOMAIN_CONTROLLER_INFOW> info(found, functions.free_buffer);
  if (error != ERROR_SUCCESS) {
    return OsErrorStatus("DsGetDcNameW", static_cast<int>(error), FromUtf16(domain));
  }
  return std::wstring(info->DomainControllerName);
}

}  // namespace

absl::StatusOr<std::wstring> RoamingProfilePath(const std::string& account,
                                                const ProfileFunctions& functions) {
  if (functions.user_info == nullptr || functions.domain_controller == nullptr ||
      functions.free_buffer == nullptr) {
    return absl::UnimplementedError("this system has no netapi32.dll");
  }
  const absl::StatusOr<std::wstring> whole = ToUtf16(account);
  if (!whole.ok()) return whole.status();
  const size_t separator = whole->find(L'\\');
  const bool has_domain = separator != std::wstring::npos;
  const std::wstring name = has_domain ? whole->substr(separator + 1) : *whole;
  const absl::StatusOr<std::wstring> server =
      ServerOf(has_domain ? whole->substr(0, separator) : std::wstring(), functions);
  if (!server.ok()) return server.status();
  // Level 3 is for servers only; 4 has the same member.
  constexpr DWORD kLevel = 4;
  BYTE* found = nullptr;
  const NET_API_STATUS error = functions.user_info(server->empty() ? nullptr : server->c_str(),
                                                   name.c_str(), kLevel, &found);
  const NetBuffer<USER_INFO_4> info(reinterpret_cast<USER_INFO_4*>(found), functions.free_buffer);
  if (error != NERR_Success) {
    return OsErrorStatus("NetUserGetInfo", static_cast<int>(error), account);
  }
  return info->usri4_profile == nullptr ? std::wstring() : std::wstring(info->usri4_profile);
}

}  // namespace proctor
