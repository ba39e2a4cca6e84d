#include "common/win32/utf16.h"

#include <windows.h>

#include "absl/status/status.h"

namespace proctor {

absl::StatusOr<std::wstring> ToUtf16(absl::string_view text) {
  if (text.empty()) return std::wstring();
  const int bytes = static_cast<int>(text.size());
  const int length =
      ::MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text.data(), bytes, nullptr, 0);
  if (length <= 0) return absl::InvalidArgumentError("text that is not UTF-8");
  std::wstring result(static_cast<size_t>(length), L'\0');
  ::MultiByteToWideChar(CP_UTF8, MB_ERR_INVALID_CHARS, text.data(), bytes, result.data(), length);
  return result;
}

std::string FromUtf16(std::wstring_view text) {
  if (text.empty()) return std::string();
  const int units = static_cast<int>(text.size());
  const int length =
      ::WideCharToMultiByte(CP_UTF8, 0, text.data(), units, nullptr, 0, nullptr, nullptr);
  if (length <= 0) return std::string();
  std::string result(static_cast<size_t>(length), '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, text.data(), units, result.data(), length, nullptr, nullptr);
  return result;
}

}  // namespace proctor
