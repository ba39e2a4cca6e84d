#include "agent/win32/data_directory.h"

// clang-format off
#include <windows.h>
#include <aclapi.h>
// clang-format on

#include <memory>

#include "absl/strings/str_cat.h"
#include "agent/win32/default_config.h"
#include "common/win32/last_error.h"
#include "common/win32/private_descriptor.h"
#include "common/win32/token_identity.h"
#include "common/win32/token_information.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

// Owned by the administrators; inherited by files and folders.
constexpr wchar_t kSddl[] = L"O:BAD:P(A;OICI;FA;;;SY)(A;OICI;FA;;;BA)";
constexpr char kSystemSid[] = "S-1-5-18";
constexpr char kAdministratorsSid[] = "S-1-5-32-544";

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};

absl::StatusOr<std::string> OwnerOf(const UniqueHandle& directory, const std::string& path) {
  PSID owner = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  const DWORD error = ::GetSecurityInfo(directory.get(), SE_FILE_OBJECT, OWNER_SECURITY_INFORMATION,
                                        &owner, nullptr, nullptr, nullptr, &descriptor);
  if (error != ERROR_SUCCESS) {
    return OsErrorStatus("GetSecurityInfo", static_cast<int>(error), path);
  }
  const std::unique_ptr<void, FreeLocal> memory(descriptor);
  return SidToString(owner);
}

absl::Status CheckOwner(const UniqueHandle& directory, const std::string& path) {
  const absl::StatusOr<std::string> owner = OwnerOf(directory, path);
  if (!owner.ok()) return owner.status();
  const absl::StatusOr<TokenIdentity> own = ReadOwnIdentity();
  if (!own.ok()) return own.status();
  if (*owner == kSystemSid || *owner == kAdministratorsSid || *owner == own->user_sid) {
    return absl::OkStatus();
  }
  return absl::PermissionDeniedError(absl::StrCat(
      path, " belongs to ", *owner, ", who may have put anything there; move it away"));
}

absl::Status Protect(const UniqueHandle& directory, const std::string& path,
                     const PrivateDescriptor& descriptor) {
  BOOL present = FALSE;
  BOOL defaulted = FALSE;
  PACL acl = nullptr;
  if (!::GetSecurityDescriptorDacl(descriptor.get(), &present, &acl, &defaulted)) {
    return LastErrorStatus("GetSecurityDescriptorDacl");
  }
  const DWORD error =
      ::SetSecurityInfo(directory.get(), SE_FILE_OBJECT,
                        DACL_SECURITY_INFORMATION | PROTECTED_DACL_SECURITY_INFORMATION, nullptr,
                        nullptr, acl, nullptr);
  if (error == ERROR_SUCCESS) return absl::OkStatus();
  return OsErrorStatus("SetSecurityInfo", static_cast<int>(error), path);
}

absl::Status TakeOver(const std::wstring& wide, const std::string& path,
                      const PrivateDescriptor& descriptor) {
  // Of the folder itself, wherever its name may lead.
  const UniqueHandle directory(
      ::CreateFileW(wide.c_str(), READ_CONTROL | WRITE_DAC | FILE_READ_ATTRIBUTES,
                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                    FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (!directory.valid()) return LastErrorStatus("CreateFileW", path);
  BY_HANDLE_FILE_INFORMATION information;
  if (!::GetFileInformationByHandle(directory.get(), &information)) {
    return LastErrorStatus("GetFileInformationByHandle", path);
  }
  if ((information.dwFileAttributes & FILE_ATTRIBUTE_DIRECTORY) == 0 ||
      (information.dwFileAttributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(path, " is not a folder of its own"));
  }
  if (absl::Status owned = CheckOwner(directory, path); !owned.ok()) return owned;
  return Protect(directory, path, descriptor);
}

}  // namespace

std::string DataDirectory::DefaultPath() {
  wchar_t path[MAX_PATH];
  const DWORD length = ::GetEnvironmentVariableW(L"ProgramData", path, MAX_PATH);
  if (length == 0 || length >= MAX_PATH) return "C:\\ProgramData\\Proctor";
  return FromUtf16(std::wstring_view(path, length)) + "\\Proctor";
}

absl::Status DataDirectory::Prepare(const std::string& path) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  const absl::StatusOr<PrivateDescriptor> descriptor = PrivateDescriptor::FromSddl(kSddl);
  if (!descriptor.ok()) return descriptor.status();
  SECURITY_ATTRIBUTES attributes = descriptor->attributes();
  if (::CreateDirectoryW(wide->c_str(), &attributes)) return absl::OkStatus();
  if (::GetLastError() == ERROR_ALREADY_EXISTS) return TakeOver(*wide, path, *descriptor);
  return LastErrorStatus("CreateDirectoryW", path);
}

absl::StatusOr<bool> DataDirectory::WriteDefaultConfig(const std::string& path) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  // Its permissions are inherited from the directory.
  const UniqueHandle file(::CreateFileW(wide->c_str(), GENERIC_WRITE, 0, nullptr, CREATE_NEW,
                                        FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!file.valid()) {
    if (::GetLastError() == ERROR_FILE_EXISTS) return false;
    return LastErrorStatus("CreateFileW", path);
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
