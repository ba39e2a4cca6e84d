#include "client/cli/standard_streams.h"

#include <windows.h>

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "common/win32/last_error.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor::cli {
namespace {

constexpr DWORD kWriteChunk = 1 << 20;
// WriteConsole's buffer is bounded on old systems (64 KiB with its own overhead).
constexpr size_t kConsoleChunk = 8192;

HANDLE StandardHandle(int stream) {
  const DWORD which = stream == 0   ? STD_INPUT_HANDLE
                      : stream == 1 ? STD_OUTPUT_HANDLE
                                    : STD_ERROR_HANDLE;
  return ::GetStdHandle(which);
}

bool IsConsole(HANDLE handle) {
  DWORD mode;
  return ::GetConsoleMode(handle, &mode) != 0;
}

// A console takes UTF-16, whatever its code page. Bytes that are not UTF-8 go as they are.
bool WriteToConsole(HANDLE console, absl::string_view data) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(data);
  if (!wide.ok()) return false;
  for (size_t done = 0; done < wide->size();) {
    const auto units = static_cast<DWORD>(std::min(kConsoleChunk, wide->size() - done));
    DWORD written = 0;
    if (!::WriteConsoleW(console, wide->data() + done, units, &written, nullptr)) return false;
    done += written;
  }
  return true;
}

}  // namespace

absl::Status WriteAll(int fd, absl::string_view data) {
  const HANDLE handle = StandardHandle(fd);
  if (handle == nullptr || handle == INVALID_HANDLE_VALUE) return absl::OkStatus();
  if (IsConsole(handle) && WriteToConsole(handle, data)) return absl::OkStatus();
  while (!data.empty()) {
    const auto wanted = static_cast<DWORD>(std::min<size_t>(data.size(), kWriteChunk));
    DWORD written = 0;
    if (!::WriteFile(handle, data.data(), wanted, &written, nullptr)) {
      return LastErrorStatus("WriteFile", fd == 2 ? "standard error" : "standard output");
    }
    data.remove_prefix(written);
  }
  return absl::OkStatus();
}

bool IsBrokenPipe(const absl::Status& status) {
  const absl::optional<OsError> error = GetOsError(status);
  return error.has_value() && error->call == "WriteFile" &&
         (error->code == ERROR_NO_DATA || error->code == ERROR_BROKEN_PIPE);
}

absl::StatusOr<std::string> ReadAll(const std::string& path, uint64_t max_bytes) {
  UniqueHandle file;
  HANDLE handle = StandardHandle(0);
  if (path != "-") {
    const absl::StatusOr<std::wstring> wide = ToUtf16(path);
    if (!wide.ok()) return wide.status();
    file.reset(::CreateFileW(wide->c_str(), GENERIC_READ, FILE_SHARE_READ | FILE_SHARE_WRITE,
                             nullptr, OPEN_EXISTING, 0, nullptr));
    if (!file.valid()) return LastErrorStatus("CreateFileW", path);
    handle = file.get();
  }
  std::string data;
  char buffer[65536];
  for (;;) {
    DWORD got = 0;
    if (!::ReadFile(handle, buffer, sizeof(buffer), &got, nullptr)) {
      if (::GetLastError() == ERROR_BROKEN_PIPE) return data;
      return LastErrorStatus("ReadFile", path == "-" ? "standard input" : path);
    }
    if (got == 0) return data;
    data.append(buffer, got);
    if (data.size() > max_bytes) return absl::OutOfRangeError("too long");
  }
}

bool IsTerminal(int fd) { return IsConsole(StandardHandle(fd)); }

size_t TerminalWidth(int fd) {
  CONSOLE_SCREEN_BUFFER_INFO info;
  if (!::GetConsoleScreenBufferInfo(StandardHandle(fd), &info)) return 0;
  return static_cast<size_t>(info.srWindow.Right - info.srWindow.Left + 1);
}

}  // namespace proctor::cli
