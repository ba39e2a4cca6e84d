#include "tests/agent/jobhost/win32/program.h"

#include <windows.h>

#include "absl/strings/str_cat.h"
#include "common/win32/utf16.h"

namespace proctor::jobhost {

std::string ProgramPath(absl::string_view name) {
  wchar_t own[MAX_PATH];
  const DWORD length = ::GetModuleFileNameW(nullptr, own, MAX_PATH);
  const std::string path = FromUtf16(std::wstring_view(own, length));
  return absl::StrCat(path.substr(0, path.rfind('\\') + 1), name);
}

}  // namespace proctor::jobhost
