#include "common/log_target.h"

#include <windows.h>

#include <atomic>
#include <utility>

#include "common/win32/last_error.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

class HandleTarget final : public LogTarget {
 public:
  // Of a handle that is not this object's to close, `owned` is empty.
  HandleTarget(UniqueHandle owned, HANDLE handle, bool in_line)
      : owned_(std::move(owned)), handle_(handle), in_line_(in_line) {}

  bool Write(absl::string_view line) override {
    if (handle_ == nullptr) return true;  // A service has no standard error.
    if (in_line_ && !WriteAll("\n")) return false;
    in_line_ = false;
    return WriteAll(line);
  }

  void Abandon() override { abandoned_ = true; }

 private:
  bool WriteAll(absl::string_view text) {
    while (!text.empty()) {
      DWORD written = 0;
      if (!::WriteFile(handle_, text.data(), static_cast<DWORD>(text.size()), &written, nullptr)) {
        return false;
      }
      text.remove_prefix(written);
      in_line_ = !text.empty();
      if (in_line_ && abandoned_) return false;
    }
    return true;
  }

  const UniqueHandle owned_;
  const HANDLE handle_;
  bool in_line_;  // The last thing written is a part of a line.
  std::atomic<bool> abandoned_{false};
};

// Others may write, read, rename and delete a log that is open.
constexpr DWORD kShare = FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE;

bool EndsInLine(const std::wstring& path) {
  const UniqueHandle file(::CreateFileW(path.c_str(), GENERIC_READ, kShare, nullptr, OPEN_EXISTING,
                                        FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!file.valid() || ::GetFileType(file.get()) != FILE_TYPE_DISK) return false;
  LARGE_INTEGER last_byte = {};
  last_byte.QuadPart = -1;
  char last = '\n';
  DWORD read = 0;
  return ::SetFilePointerEx(file.get(), last_byte, nullptr, FILE_END) &&
         ::ReadFile(file.get(), &last, 1, &read, nullptr) && read == 1 && last != '\n';
}

}  // namespace

absl::StatusOr<std::shared_ptr<LogTarget>> OpenLogFile(const std::string& path) {
  absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  UniqueHandle file(::CreateFileW(wide->c_str(), FILE_APPEND_DATA | SYNCHRONIZE, kShare, nullptr,
                                  OPEN_ALWAYS, FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!file.valid()) return LastErrorStatus("CreateFileW", path);
  const HANDLE handle = file.get();
  return std::make_shared<HandleTarget>(std::move(file), handle, EndsInLine(*wide));
}

std::shared_ptr<LogTarget> StandardErrorTarget() {
  const HANDLE handle = ::GetStdHandle(STD_ERROR_HANDLE);
  return std::make_shared<HandleTarget>(UniqueHandle(),
                                        handle == INVALID_HANDLE_VALUE ? nullptr : handle, false);
}

}  // namespace proctor
