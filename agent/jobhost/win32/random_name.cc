#include "agent/jobhost/win32/random_name.h"

#include <windows.h>
// After windows.h.
#include <bcrypt.h>

#include "absl/strings/escaping.h"
#include "common/os_error.h"

namespace proctor::jobhost {

absl::StatusOr<std::string> RandomName() {
  unsigned char bytes[16];
  const NTSTATUS status =
      ::BCryptGenRandom(nullptr, bytes, sizeof(bytes), BCRYPT_USE_SYSTEM_PREFERRED_RNG);
  if (status != 0) return OsErrorStatus("BCryptGenRandom", status);
  return absl::BytesToHexString(
      absl::string_view(reinterpret_cast<const char*>(bytes), sizeof(bytes)));
}

}  // namespace proctor::jobhost
