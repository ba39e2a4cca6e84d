#include "agent/win32/event_source.h"

#include <windows.h>

#include "common/os_error.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

// Below HKEY_LOCAL_MACHINE.
std::string KeyOf(const std::string& name) {
  return "SYSTEM\\CurrentControlSet\\Services\\EventLog\\Application\\" + name;
}

// Closes on every path.
class Key {
 public:
  ~Key() {
    if (key_ != nullptr) ::RegCloseKey(key_);
  }
  HKEY get() const { return key_; }
  HKEY* receive() { return &key_; }

 private:
  HKEY key_ = nullptr;
};

}  // namespace

absl::Status EventSource::Register(const std::string& name, const std::string& program) {
  const std::string text = KeyOf(name);
  const std::wstring wide(text.begin(), text.end());
  const absl::StatusOr<std::wstring> path = ToUtf16(program);
  if (!path.ok()) return path.status();
  Key key;
  LONG error = ::RegCreateKeyExW(HKEY_LOCAL_MACHINE, wide.c_str(), 0, nullptr, 0, KEY_SET_VALUE,
                                 nullptr, key.receive(), nullptr);
  if (error != ERROR_SUCCESS) {
    return OsErrorStatus("RegCreateKeyExW", static_cast<int>(error), text);
  }
  const DWORD types = EVENTLOG_ERROR_TYPE | EVENTLOG_WARNING_TYPE | EVENTLOG_INFORMATION_TYPE;
  error = ::RegSetValueExW(key.get(), L"EventMessageFile", 0, REG_SZ,
                           reinterpret_cast<const BYTE*>(path->c_str()),
                           static_cast<DWORD>((path->size() + 1) * sizeof(wchar_t)));
  if (error == ERROR_SUCCESS) {
    error = ::RegSetValueExW(key.get(), L"TypesSupported", 0, REG_DWORD,
                             reinterpret_cast<const BYTE*>(&types), sizeof(types));
  }
  if (error == ERROR_SUCCESS) return absl::OkStatus();
  return OsErrorStatus("RegSetValueExW", static_cast<int>(error), text);
}

absl::StatusOr<bool> EventSource::Unregister(const std::string& name) {
  const std::string text = KeyOf(name);
  const std::wstring wide(text.begin(), text.end());
  const LONG error = ::RegDeleteKeyW(HKEY_LOCAL_MACHINE, wide.c_str());
  if (error == ERROR_SUCCESS) return true;
  if (error == ERROR_FILE_NOT_FOUND) return false;
  return OsErrorStatus("RegDeleteKeyW", static_cast<int>(error), text);
}

}  // namespace proctor
