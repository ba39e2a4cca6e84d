#include "tests/agent/jobhost/win32/platform_truth.h"

#include <windows.h>
// After windows.h.
#include <winternl.h>

#include <vector>

namespace proctor::jobhost {
namespace {

// SystemExtendedHandleInformation, which the SDK's headers leave out.
struct HandleEntry {
  void* object;
  ULONG_PTR pid;
  ULONG_PTR handle;
  ULONG access;
  USHORT creator;
  USHORT type;
  ULONG attributes;
  ULONG reserved;
};
struct HandleTable {
  ULONG_PTR count;
  ULONG_PTR reserved;
  HandleEntry entries[1];
};
constexpr int kSystemExtendedHandleInformation = 64;

FARPROC OfNtdll(const char* name) {
  return ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), name);
}

}  // namespace

bool RunsOnWine() { return OfNtdll("wine_get_version") != nullptr; }

size_t OpenHandles(uint32_t pid) {
  using Query = NTSTATUS(NTAPI*)(int, void*, ULONG, ULONG*);
  const auto query =
      reinterpret_cast<Query>(reinterpret_cast<void*>(OfNtdll("NtQuerySystemInformation")));
  std::vector<ULONG_PTR> buffer(1 << 20);
  ULONG length = 0;
  if (query(kSystemExtendedHandleInformation, buffer.data(),
            static_cast<ULONG>(buffer.size() * sizeof(ULONG_PTR)), &length) != 0) {
    return 0;
  }
  const auto* const table = reinterpret_cast<const HandleTable*>(buffer.data());
  size_t count = 0;
  for (ULONG_PTR i = 0; i < table->count; ++i) {
    if (table->entries[i].pid == pid) ++count;
  }
  return count;
}

}  // namespace proctor::jobhost
