#include "agent/win32/data_directory.h"

// clang-format off
#include <windows.h>
#include <knownfolders.h>
#include <shlobj.h>
// clang-format on

#include <memory>

#include "absl/strings/str_cat.h"
#include "agent/win32/default_config.h"
#include "agent/win32/private_directory.h"
#include "common/win32/last_error.h"
#include "common/win32/private_descriptor.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

// Owned by the administrators; inherited by files and folders.
constexpr wchar_t kSddl[] = L"O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";

struct FreeTaskMemory {
  void operator()(void* memory) const { ::CoTaskMemFree(memory); }
};

// Not from the environment, which a user who runs this may have set.
std::string FolderOfProctor(const KNOWNFOLDERID& folder, const char* otherwise) {
  wchar_t* path = nullptr;
  const HRESULT found = ::SHGetKnownFolderPath(folder, 0, nullptr, &path);
  const std::unique_ptr<wchar_t, FreeTaskMemory> memory(path);
  return absl::StrCat(SUCCEEDED(found) ? FromUtf16(path) : otherwise, "\\Proctor");
}

// Whoever could write it before decides what the service does.
absl::Status CheckKept(const std::wstring& wide, const std::string& path) {
  const UniqueHandle file(
      ::CreateFileW(wide.c_str(), READ_CONTROL | FILE_READ_ATTRIBUTES,
                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                    FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  return file.valid() ? CheckTrusted(file, path) : LastErrorStatus("CreateFileW", path);
}

}  // namespace

std::string DataDirectory::DefaultPath() {
  return FolderOfProctor(FOLDERID_ProgramData, "C:\\ProgramData");
}

std::string DataDirectory::StatePath(bool administrator) {
  if (administrator) return DefaultPath();
  return FolderOfProctor(FOLDERID_LocalAppData, "C:\\ProgramData");
}

absl::Status DataDirectory::Prepare(const std::string& path) {
  const absl::StatusOr<PrivateDescriptor> access = PrivateDescriptor::FromSddl(kSddl);
  return access.ok() ? MakePrivateDirectory(path, *access) : access.status();
}

absl::StatusOr<bool> DataDirectory::WriteDefaultConfig(const std::string& path) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  // Its permissions are inherited from the directory.
  const UniqueHandle file(::CreateFileW(wide->c_str(), GENERIC_WRITE, FILE_SHARE_DELETE, nullptr,
                                        CREATE_NEW, FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!file.valid()) {
    if (::GetLastError() != ERROR_FILE_EXISTS) return LastErrorStatus("CreateFileW", path);
    if (absl::Status kept = CheckKept(*wide, path); !kept.ok()) return kept;
    return false;
  }
  const absl::string_view text = DefaultConfig();
  DWORD written = 0;
  if (!::WriteFile(file.get(), text.data(), static_cast<DWORD>(text.size()), &written, nullptr) ||
      written != text.size()) {
    const absl::Status status = LastErrorStatus("WriteFile", path);
    ::DeleteFileW(wide->c_str());  // Goes with the handle.
    return status;
  }
  return true;
}

}  // namespace proctor
