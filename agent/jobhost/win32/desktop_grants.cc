#include "agent/jobhost/win32/desktop_grants.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "common/win32/last_error.h"
#include "common/win32/private_descriptor.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor::jobhost {
namespace {

constexpr DWORD kMaxJournalBytes = 1 << 20;

absl::Status WriteWhole(const std::wstring& path, const std::string& text) {
  const absl::StatusOr<PrivateDescriptor> access = PrivateDescriptor::ForOwnUser();
  if (!access.ok()) return access.status();
  SECURITY_ATTRIBUTES attributes = access->attributes();
  const UniqueHandle file(::CreateFileW(path.c_str(), GENERIC_WRITE, 0, &attributes, CREATE_ALWAYS,
                                        FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!file.valid()) return LastErrorStatus("CreateFileW", FromUtf16(path));
  DWORD written = 0;
  if (!::WriteFile(file.get(), text.data(), static_cast<DWORD>(text.size()), &written, nullptr) ||
      written != text.size() || !::FlushFileBuffers(file.get())) {
    return LastErrorStatus("WriteFile", FromUtf16(path));
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<DesktopGrants::Objects> DesktopGrants::OpenInteractive() {
  Objects objects;
  objects.station.reset(::OpenWindowStationW(L"winsta0", FALSE, READ_CONTROL | WRITE_DAC));
  if (objects.station == nullptr) return LastErrorStatus("OpenWindowStationW", "winsta0");
  // In another station there is another "default".
  MutexLock lock(StationMutex());
  objects.desktop.reset(
      ::OpenDesktopW(L"default", 0, FALSE, READ_CONTROL | WRITE_DAC | DESKTOP_READOBJECTS));
  if (objects.desktop == nullptr) return LastErrorStatus("OpenDesktopW", "default");
  return objects;
}

// One line a grant: the boot and the logon SID.
absl::StatusOr<std::vector<std::string>> DesktopGrants::Read() const {
  const UniqueHandle file(::CreateFileW(path_.c_str(), GENERIC_READ, 0, nullptr, OPEN_EXISTING,
                                        FILE_ATTRIBUTE_NORMAL, nullptr));
  if (!file.valid()) {
    if (::GetLastError() == ERROR_FILE_NOT_FOUND) return std::vector<std::string>();
    return LastErrorStatus("CreateFileW", FromUtf16(path_));
  }
  std::string text(kMaxJournalBytes, '\0');
  DWORD bytes = 0;
  if (!::ReadFile(file.get(), text.data(), kMaxJournalBytes, &bytes, nullptr)) {
    return LastErrorStatus("ReadFile", FromUtf16(path_));
  }
  text.resize(bytes);
  std::vector<std::string> sids;
  for (const absl::string_view line : absl::StrSplit(text, '\n', absl::SkipEmpty())) {
    const std::vector<std::string> words = absl::StrSplit(line, ' ');
    if (words.size() == 2 && words[0] == boot_id_) sids.push_back(words[1]);
  }
  return sids;
}

absl::Status DesktopGrants::Write() {
  std::string text;
  for (const std::string& sid : granted_) absl::StrAppend(&text, boot_id_, " ", sid, "\n");
  const std::wstring fresh = path_ + L".new";
  if (absl::Status written = WriteWhole(fresh, text); !written.ok()) return written;
  if (!::MoveFileExW(fresh.c_str(), path_.c_str(),
                     MOVEFILE_REPLACE_EXISTING | MOVEFILE_WRITE_THROUGH)) {
    return LastErrorStatus("MoveFileExW", FromUtf16(path_));
  }
  return absl::OkStatus();
}

void DesktopGrants::Forget(const std::string& logon_sid) {
  const auto found = std::find(granted_.begin(), granted_.end(), logon_sid);
  if (found != granted_.end()) granted_.erase(found);
}

absl::Status DesktopGrants::RevokeOnce(const std::string& logon_sid) {
  const absl::StatusOr<Objects> objects = open_();
  if (!objects.ok()) return objects.status();
  absl::Status revoked = RevokeAccess(objects->desktop.get(), logon_sid, kDesktopAccess);
  // One that fails does not keep the other.
  revoked.Update(RevokeAccess(objects->station.get(), logon_sid, kStationAccess));
  return revoked;
}

absl::Status DesktopGrants::RevokeLeftOver() {
  MutexLock lock(&mutex_);
  absl::StatusOr<std::vector<std::string>> left = Read();
  if (!left.ok()) return left.status();
  if (left->empty()) return absl::OkStatus();
  granted_ = *left;
  absl::Status all;
  for (const std::string& sid : *left) {
    const absl::Status revoked = RevokeOnce(sid);
    if (revoked.ok()) Forget(sid);
    all.Update(revoked);
  }
  all.Update(Write());
  return all;
}

absl::Status DesktopGrants::AllowOnBoth(const std::string& logon_sid) {
  const absl::StatusOr<Objects> objects = open_();
  if (!objects.ok()) return objects.status();
  absl::Status allowed = AllowAccess(objects->station.get(), logon_sid, kStationAccess);
  if (!allowed.ok()) return allowed;
  allowed = AllowAccess(objects->desktop.get(), logon_sid, kDesktopAccess);
  if (!allowed.ok()) {
    RevokeAccess(objects->station.get(), logon_sid, kStationAccess).IgnoreError();
  }
  return allowed;
}

absl::Status DesktopGrants::Grant(const std::string& logon_sid) {
  if (logon_sid.empty()) {
    return absl::FailedPreconditionError("the token has no logon SID to grant a desktop to");
  }
  MutexLock lock(&mutex_);
  granted_.push_back(logon_sid);
  absl::Status granted = Write();
  if (granted.ok()) granted = AllowOnBoth(logon_sid);
  if (granted.ok()) return granted;
  Forget(logon_sid);
  Write().IgnoreError();
  return granted;
}

absl::Status DesktopGrants::Revoke(const std::string& logon_sid) {
  MutexLock lock(&mutex_);
  if (absl::Status revoked = RevokeOnce(logon_sid); !revoked.ok()) return revoked;
  Forget(logon_sid);
  return Write();
}

}  // namespace proctor::jobhost
