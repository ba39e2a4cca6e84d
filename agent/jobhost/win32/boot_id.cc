#include "agent/jobhost/win32/boot_id.h"

#include <windows.h>
// After windows.h.
#include <winternl.h>

#include <cstdint>

#include "absl/strings/str_cat.h"
#include "common/os_error.h"
#include "common/win32/last_error.h"

namespace proctor::jobhost {
namespace {

// SystemTimeOfDayInformation, whose layout the SDK's headers leave out.
struct TimeOfDay {
  LARGE_INTEGER boot_time;
  LARGE_INTEGER current_time;
  LARGE_INTEGER time_zone_bias;
  ULONG time_zone_id;
  ULONG reserved;
  ULONGLONG boot_time_bias;
  ULONGLONG sleep_time_bias;
};
constexpr int kSystemTimeOfDayInformation = 3;

}  // namespace

absl::StatusOr<std::string> BootId() {
  using Query = NTSTATUS(NTAPI*)(int, void*, ULONG, ULONG*);
  const auto query = reinterpret_cast<Query>(reinterpret_cast<void*>(
      ::GetProcAddress(::GetModuleHandleW(L"ntdll.dll"), "NtQuerySystemInformation")));
  if (query == nullptr) return LastErrorStatus("GetProcAddress", "NtQuerySystemInformation");
  TimeOfDay time = {};
  ULONG length = 0;
  const NTSTATUS status = query(kSystemTimeOfDayInformation, &time, sizeof(time), &length);
  if (status < 0) return OsErrorStatus("NtQuerySystemInformation", status);
  const auto boot = static_cast<uint64_t>(time.boot_time.QuadPart) - time.boot_time_bias;
  return absl::StrCat(absl::Hex(boot, absl::kZeroPad16));
}

}  // namespace proctor::jobhost
