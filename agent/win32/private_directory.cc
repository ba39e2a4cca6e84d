#include "agent/win32/private_directory.h"

#include <aclapi.h>

#include "absl/strings/str_cat.h"
#include "common/win32/last_error.h"
#include "common/win32/object_owner.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

absl::StatusOr<DWORD> AttributesOf(const UniqueHandle& file, const std::string& path) {
  BY_HANDLE_FILE_INFORMATION information;
  if (!::GetFileInformationByHandle(file.get(), &information)) {
    return LastErrorStatus("GetFileInformationByHandle", path);
  }
  return information.dwFileAttributes;
}

absl::Status Protect(const UniqueHandle& directory, const std::string& path,
                     const PrivateDescriptor& access) {
  BOOL present = FALSE;
  BOOL defaulted = FALSE;
  PACL acl = nullptr;
  if (!::GetSecurityDescriptorDacl(access.get(), &present, &acl, &defaulted)) {
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
                      const PrivateDescriptor& access) {
  // Of the folder itself, wherever its name may lead.
  const UniqueHandle directory(
      ::CreateFileW(wide.c_str(), READ_CONTROL | WRITE_DAC | FILE_READ_ATTRIBUTES,
                    FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr, OPEN_EXISTING,
                    FILE_FLAG_BACKUP_SEMANTICS | FILE_FLAG_OPEN_REPARSE_POINT, nullptr));
  if (!directory.valid()) return LastErrorStatus("CreateFileW", path);
  const absl::StatusOr<DWORD> attributes = AttributesOf(directory, path);
  if (!attributes.ok()) return attributes.status();
  if ((*attributes & FILE_ATTRIBUTE_DIRECTORY) == 0) {
    return absl::PermissionDeniedError(absl::StrCat(path, " is not a folder"));
  }
  if (absl::Status trusted = CheckTrusted(directory, path); !trusted.ok()) return trusted;
  return Protect(directory, path, access);
}

}  // namespace

absl::Status CheckTrusted(const UniqueHandle& file, const std::string& path) {
  const absl::StatusOr<DWORD> attributes = AttributesOf(file, path);
  if (!attributes.ok()) return attributes.status();
  if ((*attributes & FILE_ATTRIBUTE_REPARSE_POINT) != 0) {
    return absl::PermissionDeniedError(absl::StrCat(path, " leads to another place"));
  }
  const absl::StatusOr<std::string> owner = FileOwnerSid(file);
  if (!owner.ok()) return owner.status();
  const absl::StatusOr<bool> trusted = IsTrustedOwner(*owner);
  if (!trusted.ok()) return trusted.status();
  if (*trusted) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(
      path, " belongs to ", *owner, ", who may have put anything there; move it away"));
}

absl::Status MakePrivateDirectory(const std::string& path, const PrivateDescriptor& access) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  SECURITY_ATTRIBUTES attributes = access.attributes();
  if (::CreateDirectoryW(wide->c_str(), &attributes)) return absl::OkStatus();
  if (::GetLastError() == ERROR_ALREADY_EXISTS) return TakeOver(*wide, path, access);
  return LastErrorStatus("CreateDirectoryW", path);
}

}  // namespace proctor
