#include "common/win32/private_descriptor.h"

#include <sddl.h>

#include "common/win32/last_error.h"
#include "common/win32/token_identity.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

// `ace` is the beginning of an entry, up to its trustee: "(A;;GA;;;".
absl::StatusOr<std::wstring> ForTheTrusted(const std::wstring& ace) {
  const absl::StatusOr<TokenIdentity> own = ReadOwnIdentity();
  if (!own.ok()) return own.status();
  const absl::StatusOr<std::wstring> wide = ToUtf16(own->user_sid);
  if (!wide.ok()) return wide.status();
  return L"D:P" + ace + L"SY)" + ace + L"BA)" + ace + *wide + L")";
}

}  // namespace

absl::StatusOr<PrivateDescriptor> PrivateDescriptor::ForOwnUser() {
  const absl::StatusOr<std::wstring> sddl = ForTheTrusted(L"(A;;GA;;;");
  return sddl.ok() ? FromSddl(*sddl) : sddl.status();
}

absl::StatusOr<PrivateDescriptor> PrivateDescriptor::ForOwnFolder() {
  const absl::StatusOr<std::wstring> sddl = ForTheTrusted(L"(A;OICI;FA;;;");
  return sddl.ok() ? FromSddl(*sddl) : sddl.status();
}

absl::StatusOr<PrivateDescriptor> PrivateDescriptor::FromSddl(const std::wstring& sddl) {
  PSECURITY_DESCRIPTOR descriptor = nullptr;
  if (!::ConvertStringSecurityDescriptorToSecurityDescriptorW(sddl.c_str(), SDDL_REVISION_1,
                                                              &descriptor, nullptr)) {
    return LastErrorStatus("ConvertStringSecurityDescriptorToSecurityDescriptorW");
  }
  return PrivateDescriptor(descriptor);
}

}  // namespace proctor
