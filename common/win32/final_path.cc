#include "common/win32/final_path.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "common/win32/last_error.h"
#include "common/win32/utf16.h"

namespace proctor {

absl::StatusOr<std::string> FinalPath(const UniqueHandle& file) {
  std::vector<wchar_t> buffer(32768);
  const DWORD length =
      ::GetFinalPathNameByHandleW(file.get(), buffer.data(), static_cast<DWORD>(buffer.size()),
                                  FILE_NAME_OPENED | VOLUME_NAME_DOS);
  if (length == 0 || length >= buffer.size()) return LastErrorStatus("GetFinalPathNameByHandleW");
  const std::string text = FromUtf16(std::wstring_view(buffer.data(), length));
  absl::string_view path = text;
  if (!absl::ConsumePrefix(&path, "\\\\?\\")) return text;
  if (absl::ConsumePrefix(&path, "UNC\\")) return absl::StrCat("\\\\", path);
  return std::string(path);
}

}  // namespace proctor
