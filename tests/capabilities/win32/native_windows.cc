#include "tests/capabilities/win32/native_windows.h"

#include <windows.h>

namespace proctor {

bool RunsOnWine() {
  const HMODULE ntdll = ::GetModuleHandleW(L"ntdll.dll");
  return ::GetProcAddress(ntdll, "wine_get_version") != nullptr;
}

}  // namespace proctor
