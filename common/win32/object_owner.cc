#include "common/win32/object_owner.h"

#include <aclapi.h>

#include <memory>

#include "common/win32/last_error.h"
#include "common/win32/token_identity.h"
#include "common/win32/token_information.h"

namespace proctor {
namespace {

constexpr char kSystemSid[] = "S-1-5-18";
constexpr char kAdministratorsSid[] = "S-1-5-32-544";

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};

absl::StatusOr<std::string> OwnerSid(HANDLE object, SE_OBJECT_TYPE type) {
  PSID owner = nullptr;
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  const DWORD error = ::GetSecurityInfo(object, type, OWNER_SECURITY_INFORMATION, &owner, nullptr,
                                        nullptr, nullptr, &descriptor);
  const std::unique_ptr<void, FreeLocal> memory(descriptor);
  if (error != ERROR_SUCCESS) return OsErrorStatus("GetSecurityInfo", static_cast<int>(error));
  if (owner == nullptr || !::IsValidSid(owner)) return std::string();
  return SidToString(owner);
}

}  // namespace

absl::StatusOr<std::string> FileOwnerSid(const UniqueHandle& file) {
  return OwnerSid(file.get(), SE_FILE_OBJECT);
}

absl::StatusOr<std::string> PipeOwnerSid(const UniqueHandle& pipe) {
  return OwnerSid(pipe.get(), SE_KERNEL_OBJECT);
}

absl::StatusOr<bool> IsTrustedOwner(absl::string_view sid) {
  if (sid == kSystemSid || sid == kAdministratorsSid) return true;
  const absl::StatusOr<TokenIdentity> own = ReadOwnIdentity();
  if (!own.ok()) return own.status();
  return sid == own->user_sid;
}

}  // namespace proctor
