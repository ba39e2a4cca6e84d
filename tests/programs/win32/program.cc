#include "tests/programs/program.h"

#include <windows.h>
// After windows.h.
#include <shellapi.h>

namespace proctor {
namespace {

constexpr DWORD kLifeMs = 120 * 1000;
constexpr DWORD kPauseMs = 5;

void (*request_handler)() = nullptr;

BOOL WINAPI OnControl(DWORD) {
  request_handler();
  return TRUE;
}

DWORD WINAPI End(void*) {
  ::Sleep(kLifeMs);
  ExitNow(5);
}

std::string Narrow(const wchar_t* text) {
  const int size = ::WideCharToMultiByte(CP_UTF8, 0, text, -1, nullptr, 0, nullptr, nullptr);
  std::string out(static_cast<size_t>(size), '\0');
  ::WideCharToMultiByte(CP_UTF8, 0, text, -1, out.data(), size, nullptr, nullptr);
  out.resize(out.size() - 1);
  return out;
}

std::wstring Wide(const std::string& text) {
  const int length = static_cast<int>(text.size());
  const int size = ::MultiByteToWideChar(CP_UTF8, 0, text.data(), length, nullptr, 0);
  std::wstring out(static_cast<size_t>(size), L'\0');
  ::MultiByteToWideChar(CP_UTF8, 0, text.data(), length, out.data(), size);
  return out;
}

HANDLE HandleOf(Stream stream) {
  return ::GetStdHandle(stream == Stream::kOutput ? STD_OUTPUT_HANDLE : STD_ERROR_HANDLE);
}

// One writer at a time; readers are not disturbed.
HANDLE OpenToAppend(const std::wstring& path) {
  for (;;) {
    const HANDLE file = ::CreateFileW(path.c_str(), FILE_APPEND_DATA | SYNCHRONIZE, FILE_SHARE_READ,
                                      nullptr, OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr);
    if (file != INVALID_HANDLE_VALUE) return file;
    if (::GetLastError() != ERROR_SHARING_VIOLATION) ExitNow(3);
    ::Sleep(1);
  }
}

}  // namespace

std::vector<std::string> Arguments(int, char**) {
  int count = 0;
  wchar_t** const words = ::CommandLineToArgvW(::GetCommandLineW(), &count);
  std::vector<std::string> arguments;
  for (int i = 1; i < count; ++i) arguments.push_back(Narrow(words[i]));
  ::LocalFree(words);
  return arguments;
}

std::vector<std::string> EnvironmentEntries() {
  wchar_t* const block = ::GetEnvironmentStringsW();
  std::vector<std::string> entries;
  for (const wchar_t* entry = block; *entry != L'\0'; entry += ::lstrlenW(entry) + 1) {
    entries.push_back(Narrow(entry));
  }
  ::FreeEnvironmentStringsW(block);
  return entries;
}

std::string WorkingDirectory() {
  std::vector<wchar_t> path(32768);
  ::GetCurrentDirectoryW(static_cast<DWORD>(path.size()), path.data());
  return Narrow(path.data());
}

void Write(Stream stream, const char* data, size_t size) {
  while (size > 0) {
    DWORD done = 0;
    if (!::WriteFile(HandleOf(stream), data, static_cast<DWORD>(size), &done, nullptr)) ExitNow(3);
    data += done;
    size -= done;
  }
}

size_t ReadInput(char* data, size_t size) {
  DWORD count = 0;
  const HANDLE input = ::GetStdHandle(STD_INPUT_HANDLE);
  if (!::ReadFile(input, data, static_cast<DWORD>(size), &count, nullptr)) {
    if (::GetLastError() != ERROR_BROKEN_PIPE) ExitNow(3);
    return 0;
  }
  return count;
}

void AppendLine(const std::string& path, const std::string& line) {
  const std::string text = line + "\n";
  const HANDLE file = OpenToAppend(Wide(path));
  DWORD done = 0;
  if (!::WriteFile(file, text.data(), static_cast<DWORD>(text.size()), &done, nullptr) ||
      done != text.size()) {
    ExitNow(3);
  }
  ::CloseHandle(file);
}

bool FileExists(const std::string& path) {
  return ::GetFileAttributesW(Wide(path).c_str()) != INVALID_FILE_ATTRIBUTES;
}

int64_t OwnPid() { return ::GetCurrentProcessId(); }

int64_t StartSelf(const std::vector<std::string>& arguments) {
  wchar_t program[32768];
  ::GetModuleFileNameW(nullptr, program, 32768);
  std::wstring command_line = L"self";
  for (const std::string& word : arguments) command_line += L" \"" + Wide(word) + L"\"";
  STARTUPINFOW startup = {};
  startup.cb = sizeof(startup);
  PROCESS_INFORMATION information = {};
  if (!::CreateProcessW(program, command_line.data(), nullptr, nullptr, TRUE, 0, nullptr, nullptr,
                        &startup, &information)) {
    ExitNow(3);
  }
  ::CloseHandle(information.hThread);
  ::CloseHandle(information.hProcess);
  return information.dwProcessId;
}

void OnRequestToEnd(void (*handler)()) {
  request_handler = handler;
  // A process group of its own ignores Ctrl-C until it says otherwise.
  ::SetConsoleCtrlHandler(nullptr, FALSE);
  ::SetConsoleCtrlHandler(&OnControl, TRUE);
}

void ExitNow(int code) { ::ExitProcess(static_cast<UINT>(code)); }

void EndInTwoMinutes() { ::CloseHandle(::CreateThread(nullptr, 0, &End, nullptr, 0, nullptr)); }

void AwaitFile(const std::string& end_file) {
  while (!FileExists(end_file)) ::Sleep(kPauseMs);
}

}  // namespace proctor
