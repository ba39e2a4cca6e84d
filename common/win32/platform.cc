#include "common/platform.h"

#include <windows.h>

#include "absl/strings/str_cat.h"
#include "common/win32/utf16.h"

namespace proctor {

std::string PlatformName() {
  // GetVersionEx tells what the program's manifest admits to; ntdll tells the truth.
  using RtlGetVersion = LONG(WINAPI*)(OSVERSIONINFOW*);
  OSVERSIONINFOW version = {};
  version.dwOSVersionInfoSize = sizeof(version);
  const HMODULE ntdll = ::GetModuleHandleW(L"ntdll.dll");
  const auto get_version =
      ntdll == nullptr ? nullptr
                       : reinterpret_cast<RtlGetVersion>(
                             reinterpret_cast<void*>(::GetProcAddress(ntdll, "RtlGetVersion")));
  if (get_version == nullptr || get_version(&version) != 0) return "windows";
  // Wine says so through an export of its own.
  const bool wine = ::GetProcAddress(ntdll, "wine_get_version") != nullptr;
  return absl::StrCat("windows ", version.dwMajorVersion, ".", version.dwMinorVersion, ".",
                      version.dwBuildNumber, wine ? " (Wine)" : "", " x86_64");
}

std::string HostName() {
  wchar_t name[256];
  DWORD length = 256;
  if (!::GetComputerNameExW(ComputerNameDnsHostname, name, &length)) return "";
  return FromUtf16(std::wstring_view(name, length));
}

}  // namespace proctor
