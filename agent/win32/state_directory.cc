#include "agent/win32/state_directory.h"

#include <openssl/sha.h>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "agent/win32/private_directory.h"
#include "common/win32/last_error.h"
#include "common/win32/private_descriptor.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

// Names are the same whatever their case.
std::string InstanceOf(const std::string& path) {
  const std::string name = absl::AsciiStrToLower(path);
  unsigned char digest[SHA256_DIGEST_LENGTH];
  ::SHA256(reinterpret_cast<const unsigned char*>(name.data()), name.size(), digest);
  return absl::BytesToHexString(absl::string_view(reinterpret_cast<const char*>(digest), 6));
}

}  // namespace

absl::StatusOr<StateDirectory> StateDirectory::Open(const std::string& path) {
  const absl::StatusOr<PrivateDescriptor> descriptor = PrivateDescriptor::ForOwnFolder();
  if (!descriptor.ok()) return descriptor.status();
  for (const std::string& directory : {path, path + "\\spool"}) {
    if (absl::Status made = MakePrivateDirectory(directory, *descriptor); !made.ok()) return made;
  }
  const std::string lock_path = path + "\\lock";
  const absl::StatusOr<std::wstring> wide = ToUtf16(lock_path);
  if (!wide.ok()) return wide.status();
  UniqueHandle lock(
      ::CreateFileW(wide->c_str(), GENERIC_WRITE, 0, nullptr, OPEN_ALWAYS, 0, nullptr));
  if (!lock.valid()) {
    if (::GetLastError() != ERROR_SHARING_VIOLATION)
      return LastErrorStatus("CreateFileW", lock_path);
    return absl::UnavailableError(absl::StrCat("another agent uses ", path));
  }
  return StateDirectory(path, std::move(lock), InstanceOf(path));
}

}  // namespace proctor
