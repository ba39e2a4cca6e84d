#include "common/win32/own_arguments.h"

// clang-format off
#include <windows.h>
#include <shellapi.h>
// clang-format on

#include <memory>

#include "common/win32/utf16.h"

namespace proctor {

std::vector<std::string> OwnArguments() {
  int count = 0;
  const std::unique_ptr<wchar_t*, decltype(&::LocalFree)> words(
      ::CommandLineToArgvW(::GetCommandLineW(), &count), &::LocalFree);
  std::vector<std::string> arguments;
  for (int i = 1; words != nullptr && i < count; ++i) {
    arguments.push_back(FromUtf16(words.get()[i]));
  }
  return arguments;
}

}  // namespace proctor
