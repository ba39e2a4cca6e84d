// show_environment: prints its environment, one entry a line, then its arguments and its directory,
// all in UTF-8.
#include <windows.h>
// After windows.h.
#include <shellapi.h>

#include <string>

namespace {

void PrintLine(const wchar_t* text) {
  char line[65536];
  const int length =
      ::WideCharToMultiByte(CP_UTF8, 0, text, -1, line, sizeof(line) - 1, nullptr, nullptr);
  line[length - 1] = '\n';
  DWORD written;
  ::WriteFile(::GetStdHandle(STD_OUTPUT_HANDLE), line, static_cast<DWORD>(length), &written,
              nullptr);
}

}  // namespace

int main() {
  for (const wchar_t* entry = ::GetEnvironmentStringsW(); *entry != L'\0';
       entry += ::lstrlenW(entry) + 1) {
    PrintLine(entry);
  }
  int count = 0;
  wchar_t** const arguments = ::CommandLineToArgvW(::GetCommandLineW(), &count);
  for (int i = 1; i < count; ++i) PrintLine(arguments[i]);
  wchar_t directory[MAX_PATH];
  ::GetCurrentDirectoryW(MAX_PATH, directory);
  PrintLine(directory);
  return 0;
}
