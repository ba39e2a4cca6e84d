#include "agent/win32/program_folder.h"

// clang-format off
#include <windows.h>
#include <aclapi.h>
// clang-format on

#include <memory>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/win32/final_path.h"
#include "common/win32/last_error.h"
#include "common/win32/object_owner.h"
#include "common/win32/token_information.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr char kTrustedInstaller[] =
    "S-1-5-80-956008885-3418522649-1831038044-1853292631-2271478464";
// No token has it: in a DACL it stands for nobody.
constexpr char kCreatorOwner[] = "S-1-3-0";
constexpr char kEveryone[] = "S-1-1-0";

constexpr ACCESS_MASK kReplace = DELETE | WRITE_DAC | WRITE_OWNER;
constexpr ACCESS_MASK kChangeFile = kReplace | FILE_WRITE_DATA | FILE_APPEND_DATA;
// What is put beside a program is loaded by it.
constexpr ACCESS_MASK kChangeFolder =
    kReplace | FILE_ADD_FILE | FILE_ADD_SUBDIRECTORY | FILE_DELETE_CHILD;
// Others may make folders of their own in a folder above.
constexpr ACCESS_MASK kChangeAbove = kReplace | FILE_DELETE_CHILD;

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};

absl::StatusOr<bool> IsTrusted(const std::string& sid) {
  if (sid == kTrustedInstaller || sid == kCreatorOwner) return true;
  return IsTrustedOwner(sid);
}

absl::StatusOr<UniqueHandle> Open(const std::string& path) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(path);
  if (!wide.ok()) return wide.status();
  UniqueHandle file(::CreateFileW(wide->c_str(), READ_CONTROL | FILE_READ_ATTRIBUTES,
                                  FILE_SHARE_READ | FILE_SHARE_WRITE | FILE_SHARE_DELETE, nullptr,
                                  OPEN_EXISTING, FILE_FLAG_BACKUP_SEMANTICS, nullptr));
  if (!file.valid()) return LastErrorStatus("CreateFileW", path);
  return file;
}

absl::Status CheckOne(const std::string& path, ACCESS_MASK rights) {
  const absl::StatusOr<UniqueHandle> file = Open(path);
  if (!file.ok()) return file.status();
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  const DWORD error = ::GetSecurityInfo(file->get(), SE_FILE_OBJECT,
                                        OWNER_SECURITY_INFORMATION | DACL_SECURITY_INFORMATION,
                                        nullptr, nullptr, nullptr, nullptr, &descriptor);
  const std::unique_ptr<void, FreeLocal> memory(descriptor);
  if (error != ERROR_SUCCESS) {
    return OsErrorStatus("GetSecurityInfo", static_cast<int>(error), path);
  }
  const absl::StatusOr<std::string> holder = ForeignHolder(descriptor, rights);
  if (!holder.ok()) return holder.status();
  if (holder->empty()) return absl::OkStatus();
  return absl::PermissionDeniedError(absl::StrCat(
      path, " can be changed by ", *holder,
      ", and the service would run as the system what that one puts there. Put the programs where "
      "only administrators can write: C:\\Program Files\\Proctor"));
}

}  // namespace

absl::StatusOr<std::string> ForeignHolder(PSECURITY_DESCRIPTOR descriptor, ACCESS_MASK rights) {
  PSID owner = nullptr;
  PACL acl = nullptr;
  BOOL present = FALSE;
  BOOL defaulted = FALSE;
  if (!::GetSecurityDescriptorOwner(descriptor, &owner, &defaulted) ||
      !::GetSecurityDescriptorDacl(descriptor, &present, &acl, &defaulted)) {
    return LastErrorStatus("GetSecurityDescriptorDacl");
  }
  // Who owns it may change its DACL.
  std::vector<PSID> holders;
  if (owner != nullptr) holders.push_back(owner);
  if (!present || acl == nullptr) return std::string(kEveryone);
  GENERIC_MAPPING mapping = {FILE_GENERIC_READ, FILE_GENERIC_WRITE, FILE_GENERIC_EXECUTE,
                             FILE_ALL_ACCESS};
  for (DWORD i = 0; i < acl->AceCount; ++i) {
    void* entry = nullptr;
    if (!::GetAce(acl, i, &entry)) return LastErrorStatus("GetAce");
    auto* const allowed = static_cast<ACCESS_ALLOWED_ACE*>(entry);
    const BYTE type = allowed->Header.AceType;
    if (type != ACCESS_ALLOWED_ACE_TYPE && type != ACCESS_ALLOWED_CALLBACK_ACE_TYPE) continue;
    if ((allowed->Header.AceFlags & INHERIT_ONLY_ACE) != 0) continue;
    DWORD mask = allowed->Mask;
    ::MapGenericMask(&mask, &mapping);
    if ((mask & rights) != 0) holders.push_back(&allowed->SidStart);
  }
  for (const PSID holder : holders) {
    absl::StatusOr<std::string> sid = SidToString(holder);
    if (!sid.ok()) return sid.status();
    const absl::StatusOr<bool> trusted = IsTrusted(*sid);
    if (!trusted.ok()) return trusted.status();
    if (!*trusted) return sid;
  }
  return std::string();
}

absl::StatusOr<std::string> CheckProgramFolder(const std::string& program) {
  const absl::StatusOr<UniqueHandle> file = Open(program);
  if (!file.ok()) return file.status();
  absl::StatusOr<std::string> path = FinalPath(*file);
  if (!path.ok()) return path;
  if (absl::StartsWith(*path, "\\\\")) {
    return absl::FailedPreconditionError(
        absl::StrCat(program, " is on another machine; a service's program is of this one"));
  }
  if (absl::Status safe = CheckOne(*path, kChangeFile); !safe.ok()) return safe;
  ACCESS_MASK rights = kChangeFolder;
  for (size_t end = path->rfind('\\'); end != std::string::npos; end = path->rfind('\\', end - 1)) {
    const bool root = end > 0 && (*path)[end - 1] == ':';
    if (absl::Status safe = CheckOne(path->substr(0, root ? end + 1 : end), rights); !safe.ok()) {
      return safe;
    }
    rights = kChangeAbove;
  }
  return path;
}

}  // namespace proctor
