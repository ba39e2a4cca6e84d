#include "common/private_file.h"

#include <windows.h>

#include "common/win32/last_error.h"
#include "common/win32/private_descriptor.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor {

absl::Status EnsurePrivateFile(const std::string& path) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  const absl::StatusOr<PrivateDescriptor> descriptor = PrivateDescriptor::ForOwnUser();
  if (!descriptor.ok()) return descriptor.status();
  SECURITY_ATTRIBUTES attributes = descriptor->attributes();
  const UniqueHandle file(::CreateFileW(wide->c_str(), GENERIC_READ | GENERIC_WRITE,
                                        FILE_SHARE_READ | FILE_SHARE_WRITE, &attributes,
                                        OPEN_ALWAYS, FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  return file.valid() ? absl::OkStatus() : LastErrorStatus("CreateFileW", path);
}

}  // namespace proctor
