// Part of each program: where the libraries come from that it loads when it first calls them.

#include <windows.h>
// After windows.h.
#include <delayimp.h>

namespace {

// The system's directory alone: the program's own comes first otherwise.
FARPROC WINAPI LoadFromSystem(unsigned event, PDelayLoadInfo info) {
  if (event != dliNotePreLoadLibrary) return nullptr;
  return reinterpret_cast<FARPROC>(
      ::LoadLibraryExA(info->szDll, nullptr, LOAD_LIBRARY_SEARCH_SYSTEM32));
}

}  // namespace

// The linker's name for it; a constant, so that it counts before any initialiser runs. A header of
// MSVC's declares it const, mingw-w64's does not.
extern "C" {
#ifdef _MSC_VER
extern const PfnDliHook __pfnDliNotifyHook2;
const PfnDliHook __pfnDliNotifyHook2 = &LoadFromSystem;
#else
PfnDliHook __pfnDliNotifyHook2 = &LoadFromSystem;
#endif
}
