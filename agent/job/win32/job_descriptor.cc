#include "agent/job/win32/job_descriptor.h"

#include <sddl.h>

#include <memory>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/win32/last_error.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr DWORD kQuery = 0x0001;
constexpr DWORD kReadOutput = 0x0002;
constexpr DWORD kSignal = 0x0004;
constexpr DWORD kTerminate = 0x0008;
constexpr DWORD kSetAttributes = 0x0010;
constexpr DWORD kAllRights = kQuery | kReadOutput | kSignal | kTerminate | kSetAttributes | DELETE;

constexpr GENERIC_MAPPING kMapping = {
    READ_CONTROL | kQuery | kReadOutput,           // GENERIC_READ
    READ_CONTROL | kQuery | kSetAttributes,        // GENERIC_WRITE
    READ_CONTROL | kQuery | kSignal | kTerminate,  // GENERIC_EXECUTE
    READ_CONTROL | kAllRights,                     // GENERIC_ALL
};

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};

// Text that is put into a descriptor's: Wine passes over what stands behind a SID.
absl::Status CheckSid(const std::string& text) {
  if (absl::StartsWith(text, "S-1-") &&
      text.find_first_not_of("0123456789ABCDEFabcdefx-", 1) == std::string::npos) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError(absl::StrCat("'", text, "' is no SID"));
}

// An entry of the security descriptor definition language.
std::string Allow(DWORD mask, const std::string& sid) {
  return absl::StrCat("(A;;0x", absl::Hex(mask), ";;;", sid, ")");
}

// A token's impersonation token, which is what AccessCheck takes.
absl::StatusOr<UniqueHandle> ForQuestions(HANDLE token) {
  UniqueHandle duplicate;
  if (!::DuplicateToken(token, SecurityIdentification, duplicate.receive())) {
    return LastErrorStatus("DuplicateToken");
  }
  return duplicate;
}

}  // namespace

DWORD JobAccessMask(v1::JobRight right) {
  switch (right) {
    case v1::QUERY:
      return kQuery;
    case v1::READ_OUTPUT:
      return kReadOutput;
    case v1::SIGNAL:
      return kSignal;
    case v1::TERMINATE:
      return kTerminate;
    case v1::DELETE_RECORD:
      return DELETE;
    case v1::SET_ATTRIBUTES:
      return kSetAttributes;
    default:  // Unspecified, NO_JOB, and rights of a later release.
      return 0;
  }
}

absl::StatusOr<std::vector<unsigned char>> MakeJobDescriptor(const std::string& owner_sid,
                                                             const std::string& user_sid,
                                                             const v1::AccessList& grants) {
  for (const std::string* sid : {&owner_sid, &user_sid}) {
    if (absl::Status valid = CheckSid(*sid); !valid.ok()) return valid;
  }
  std::string text =
      absl::StrCat("O:", owner_sid, "G:", owner_sid, "D:P", Allow(kAllRights, owner_sid));
  if (user_sid != owner_sid) absl::StrAppend(&text, Allow(kAllRights, user_sid));
  for (const v1::AccessGrant& grant : grants.grants()) {
    DWORD mask = 0;
    for (const int right : grant.rights()) mask |= JobAccessMask(static_cast<v1::JobRight>(right));
    if (mask == 0) continue;
    const std::string& trustee = grant.has_user() ? grant.user() : grant.group();
    if (absl::Status valid = CheckSid(trustee); !valid.ok()) return valid;
    // Every right includes being told about the job.
    absl::StrAppend(&text, Allow(mask | kQuery, trustee));
  }
  const absl::StatusOr<std::wstring> wide = ToUtf16(text);
  if (!wide.ok()) return wide.status();
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  ULONG size = 0;
  if (!::ConvertStringSecurityDescriptorToSecurityDescriptorW(wide->c_str(), SDDL_REVISION_1,
                                                              &descriptor, &size)) {
    return LastErrorStatus("ConvertStringSecurityDescriptorToSecurityDescriptorW");
  }
  const std::unique_ptr<void, FreeLocal> held(descriptor);
  const auto* bytes = static_cast<const unsigned char*>(descriptor);
  return std::vector<unsigned char>(bytes, bytes + size);
}

absl::Status CheckJobAccess(const std::vector<unsigned char>& descriptor, HANDLE token,
                            DWORD mask) {
  DWORD type = 0;
  DWORD size = sizeof(type);
  if (!::GetTokenInformation(token, TokenType, &type, size, &size)) {
    return LastErrorStatus("GetTokenInformation", "TokenType");
  }
  UniqueHandle duplicate;
  if (type == TokenPrimary) {
    absl::StatusOr<UniqueHandle> made = ForQuestions(token);
    if (!made.ok()) return made.status();
    duplicate = *std::move(made);
    token = duplicate.get();
  }
  // AccessCheck does not write to these.
  auto* subject = const_cast<unsigned char*>(descriptor.data());
  GENERIC_MAPPING mapping = kMapping;
  PRIVILEGE_SET privileges = {};
  DWORD privileges_size = sizeof(privileges);
  DWORD granted = 0;
  BOOL allowed = FALSE;
  if (!::AccessCheck(subject, token, mask, &mapping, &privileges, &privileges_size, &granted,
                     &allowed)) {
    return LastErrorStatus("AccessCheck");
  }
  if (!allowed || (granted & mask) != mask) {
    return absl::PermissionDeniedError("the job's security descriptor does not allow it");
  }
  return absl::OkStatus();
}

}  // namespace proctor
