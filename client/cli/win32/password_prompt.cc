#include "client/cli/password_prompt.h"

#include <windows.h>

#include <string>

#include "common/os_error.h"
#include "common/win32/last_error.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor::cli {
namespace {

constexpr DWORD kMaxCharacters = 4096;

// The console shows nothing of what is typed while this lives.
class SilentConsole {
 public:
  explicit SilentConsole(HANDLE input) : input_(input), known_(::GetConsoleMode(input, &before_)) {
    known_ = known_ && ::SetConsoleMode(input, (before_ | ENABLE_LINE_INPUT) &
                                                   ~static_cast<DWORD>(ENABLE_ECHO_INPUT));
  }
  ~SilentConsole() {
    if (known_) ::SetConsoleMode(input_, before_);
  }
  SilentConsole(const SilentConsole&) = delete;
  SilentConsole& operator=(const SilentConsole&) = delete;

  bool silent() const { return known_; }

 private:
  const HANDLE input_;
  DWORD before_ = 0;
  bool known_;
};

UniqueHandle OpenConsole(const wchar_t* name) {
  return UniqueHandle(::CreateFileW(name, GENERIC_READ | GENERIC_WRITE,
                                    FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0,
                                    nullptr));
}

}  // namespace

absl::StatusOr<SecretBytes> PromptPassword(absl::string_view prompt) {
  const UniqueHandle input = OpenConsole(L"CONIN$");
  const UniqueHandle output = OpenConsole(L"CONOUT$");
  const std::wstring question = ToUtf16(prompt).value_or(std::wstring(L"Password: "));
  if (!input.valid() || !output.valid()) {
    return absl::FailedPreconditionError(
        "there is no console to ask for the password: use --password-file");
  }
  const SilentConsole silence(input.get());
  if (!silence.silent()) return LastErrorStatus("SetConsoleMode");
  DWORD count = 0;
  ::WriteConsoleW(output.get(), question.data(), static_cast<DWORD>(question.size()), &count,
                  nullptr);
  std::wstring line(kMaxCharacters, L'\0');
  count = 0;
  const bool read = ::ReadConsoleW(input.get(), line.data(), kMaxCharacters, &count, nullptr);
  const DWORD error = ::GetLastError();
  while (count > 0 && (line[count - 1] == L'\n' || line[count - 1] == L'\r')) --count;
  SecretBytes password(FromUtf16(std::wstring_view(line.data(), count)));
  ::SecureZeroMemory(line.data(), line.size() * sizeof(wchar_t));
  DWORD written = 0;
  ::WriteConsoleW(output.get(), L"\r\n", 2, &written, nullptr);
  if (!read) return OsErrorStatus("ReadConsoleW", static_cast<int>(error));
  return password;
}

}  // namespace proctor::cli
