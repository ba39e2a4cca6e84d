#include "agent/jobhost/win32/window_objects.h"

#include <sddl.h>

#include <cstddef>
#include <cstring>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "common/win32/last_error.h"
#include "common/win32/utf16.h"

namespace proctor::jobhost {
namespace {

struct FreeLocal {
  void operator()(void* memory) const { ::LocalFree(memory); }
};
using Sid = std::unique_ptr<void, FreeLocal>;

absl::StatusOr<Sid> ParseSid(const std::string& text) {
  const absl::StatusOr<std::wstring> wide = ToUtf16(text);
  if (!wide.ok()) return wide.status();
  PSID sid = nullptr;
  if (!::ConvertStringSidToSidW(wide->c_str(), &sid)) {
    return LastErrorStatus("ConvertStringSidToSidW", text);
  }
  return Sid(sid);
}

using Entry = std::vector<std::byte>;

struct Dacl {
  std::vector<Entry> entries;  // In their order, each as the system stores it.
  bool is_protected = false;   // SE_DACL_PROTECTED: nothing is inherited.
};

const ACE_HEADER& HeaderOf(const Entry& entry) {
  return *reinterpret_cast<const ACE_HEADER*>(entry.data());
}

// Absent for an object that has no DACL.
absl::StatusOr<absl::optional<Dacl>> ReadDacl(HANDLE object) {
  SECURITY_INFORMATION part = DACL_SECURITY_INFORMATION;
  DWORD bytes = 0;
  ::GetUserObjectSecurity(object, &part, nullptr, 0, &bytes);
  if (bytes == 0) return LastErrorStatus("GetUserObjectSecurity");
  std::vector<std::byte> descriptor(bytes);
  if (!::GetUserObjectSecurity(object, &part, descriptor.data(), bytes, &bytes)) {
    return LastErrorStatus("GetUserObjectSecurity");
  }
  BOOL present = FALSE;
  BOOL defaulted = FALSE;
  ACL* acl = nullptr;
  if (!::GetSecurityDescriptorDacl(descriptor.data(), &present, &acl, &defaulted)) {
    return LastErrorStatus("GetSecurityDescriptorDacl");
  }
  if (!present || acl == nullptr) return absl::optional<Dacl>();
  SECURITY_DESCRIPTOR_CONTROL control = 0;
  DWORD revision = 0;
  if (!::GetSecurityDescriptorControl(descriptor.data(), &control, &revision)) {
    return LastErrorStatus("GetSecurityDescriptorControl");
  }
  Dacl dacl;
  dacl.is_protected = (control & SE_DACL_PROTECTED) != 0;
  for (DWORD i = 0; i < acl->AceCount; ++i) {
    void* ace = nullptr;
    if (!::GetAce(acl, i, &ace)) return LastErrorStatus("GetAce");
    const auto* first = static_cast<const std::byte*>(ace);
    dacl.entries.emplace_back(first, first + static_cast<const ACE_HEADER*>(ace)->AceSize);
  }
  return absl::optional<Dacl>(std::move(dacl));
}

absl::Status WriteDacl(HANDLE object, const Dacl& dacl) {
  size_t bytes = sizeof(ACL);
  for (const Entry& entry : dacl.entries) bytes += entry.size();
  // In units of four bytes, which InitializeAcl asks for.
  std::vector<DWORD> memory((bytes + sizeof(DWORD) - 1) / sizeof(DWORD));
  auto* const acl = reinterpret_cast<ACL*>(memory.data());
  if (!::InitializeAcl(acl, static_cast<DWORD>(memory.size() * sizeof(DWORD)), ACL_REVISION_DS)) {
    return LastErrorStatus("InitializeAcl");
  }
  for (const Entry& entry : dacl.entries) {
    auto* const ace = const_cast<std::byte*>(entry.data());
    if (!::AddAce(acl, ACL_REVISION_DS, MAXDWORD, ace, static_cast<DWORD>(entry.size()))) {
      return LastErrorStatus("AddAce");
    }
  }
  SECURITY_DESCRIPTOR descriptor;
  if (!::InitializeSecurityDescriptor(&descriptor, SECURITY_DESCRIPTOR_REVISION) ||
      !::SetSecurityDescriptorDacl(&descriptor, TRUE, acl, FALSE) ||
      !::SetSecurityDescriptorControl(&descriptor, SE_DACL_PROTECTED,
                                      dacl.is_protected ? SE_DACL_PROTECTED : 0)) {
    return LastErrorStatus("SetSecurityDescriptorDacl");
  }
  SECURITY_INFORMATION part = DACL_SECURITY_INFORMATION;
  if (!::SetUserObjectSecurity(object, &part, &descriptor)) {
    return LastErrorStatus("SetUserObjectSecurity");
  }
  return absl::OkStatus();
}

Entry AllowedEntry(PSID sid, ACCESS_MASK access) {
  const DWORD sid_bytes = ::GetLengthSid(sid);
  Entry entry(offsetof(ACCESS_ALLOWED_ACE, SidStart) + sid_bytes);
  ACE_HEADER header = {};
  header.AceType = ACCESS_ALLOWED_ACE_TYPE;
  header.AceSize = static_cast<WORD>(entry.size());
  std::memcpy(entry.data(), &header, sizeof(header));
  std::memcpy(entry.data() + offsetof(ACCESS_ALLOWED_ACE, Mask), &access, sizeof(access));
  std::memcpy(entry.data() + offsetof(ACCESS_ALLOWED_ACE, SidStart), sid, sid_bytes);
  return entry;
}

}  // namespace

Mutex* StationMutex() {
  static Mutex* const mutex = new Mutex;
  return mutex;
}

absl::StatusOr<std::string> WindowObjectName(HANDLE object) {
  wchar_t name[256];
  DWORD bytes = 0;
  if (!::GetUserObjectInformationW(object, UOI_NAME, name, sizeof(name), &bytes)) {
    return LastErrorStatus("GetUserObjectInformationW", "UOI_NAME");
  }
  return FromUtf16(name);
}

absl::StatusOr<std::string> OwnDesktopName() {
  MutexLock lock(StationMutex());
  const absl::StatusOr<std::string> station = WindowObjectName(::GetProcessWindowStation());
  if (!station.ok()) return station.status();
  const absl::StatusOr<std::string> desktop =
      WindowObjectName(::GetThreadDesktop(::GetCurrentThreadId()));
  if (!desktop.ok()) return desktop.status();
  return absl::StrCat(*station, "\\", *desktop);
}

bool OnInteractiveStation() {
  MutexLock lock(StationMutex());
  USEROBJECTFLAGS flags = {};
  DWORD bytes = 0;
  return ::GetUserObjectInformationW(::GetProcessWindowStation(), UOI_FLAGS, &flags, sizeof(flags),
                                     &bytes) &&
         (flags.dwFlags & WSF_VISIBLE) != 0;
}

absl::Status AllowAccess(HANDLE object, const std::string& sid, ACCESS_MASK access) {
  const absl::StatusOr<Sid> trustee = ParseSid(sid);
  if (!trustee.ok()) return trustee.status();
  absl::StatusOr<absl::optional<Dacl>> dacl = ReadDacl(object);
  if (!dacl.ok()) return dacl.status();
  if (!dacl->has_value()) return absl::OkStatus();
  std::vector<Entry>& entries = (*dacl)->entries;
  // Behind the explicit entries, before the inherited ones: the order that the system expects.
  auto place = entries.begin();
  while (place != entries.end() && (HeaderOf(*place).AceFlags & INHERITED_ACE) == 0) ++place;
  entries.insert(place, AllowedEntry(trustee->get(), access));
  return WriteDacl(object, **dacl);
}

absl::Status RevokeAccess(HANDLE object, const std::string& sid, ACCESS_MASK access) {
  const absl::StatusOr<Sid> trustee = ParseSid(sid);
  if (!trustee.ok()) return trustee.status();
  absl::StatusOr<absl::optional<Dacl>> dacl = ReadDacl(object);
  if (!dacl.ok()) return dacl.status();
  if (!dacl->has_value()) return absl::OkStatus();
  const Entry granted = AllowedEntry(trustee->get(), access);
  std::vector<Entry>& entries = (*dacl)->entries;
  // The last one: ours was put behind those that were there.
  for (size_t i = entries.size(); i-- > 0;) {
    if (entries[i] != granted) continue;
    entries.erase(entries.begin() + static_cast<std::ptrdiff_t>(i));
    return WriteDacl(object, **dacl);
  }
  return absl::OkStatus();
}

}  // namespace proctor::jobhost
