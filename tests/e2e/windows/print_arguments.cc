// Prints its arguments as UTF-8, one a line.

// clang-format off
#include <windows.h>
#include <shellapi.h>
// clang-format on

#include <cstdio>

#include "common/win32/utf16.h"

int main() {
  int count = 0;
  wchar_t** words = ::CommandLineToArgvW(::GetCommandLineW(), &count);
  for (int i = 1; i < count; ++i) std::printf("%s\n", proctor::FromUtf16(words[i]).c_str());
  ::LocalFree(words);
  return 0;
}
