#include "common/disk_space.h"

#include <windows.h>

#include "common/win32/last_error.h"
#include "common/win32/utf16.h"

namespace proctor {

absl::StatusOr<DiskSpace> DiskSpaceOf(const std::string& path) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  // The call takes directories only.
  const std::wstring parent = wide->substr(0, wide->find_last_of(L"/\\") + 1);
  ULARGE_INTEGER available = {};
  ULARGE_INTEGER total = {};
  if (!::GetDiskFreeSpaceExW(wide->c_str(), &available, &total, nullptr) &&
      (parent.empty() || !::GetDiskFreeSpaceExW(parent.c_str(), &available, &total, nullptr))) {
    return LastErrorStatus("GetDiskFreeSpaceExW", path);
  }
  return DiskSpace{total.QuadPart, available.QuadPart};
}

}  // namespace proctor
