// CreateDesktopW is declared where GDI's structures are.
#undef NOGDI

#include "agent/jobhost/win32/private_desktop.h"

#include <atomic>
#include <cstdint>
#include <cstdlib>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/win32/last_error.h"
#include "common/win32/private_descriptor.h"
#include "common/win32/token_identity.h"
#include "common/win32/utf16.h"

namespace proctor::jobhost {
namespace {

constexpr char kSystemSid[] = "S-1-5-18";
constexpr char kDesktopName[] = "Default";

// Another with the same name would be somebody else's: CWF_CREATE_ONLY refuses it.
std::string StationName(const std::string& logon_session) {
  static std::atomic<uint64_t> last{0};
  return absl::StrCat("Proctor-", absl::StrReplaceAll(logon_session, {{":", "-"}}), "-",
                      ::GetCurrentProcessId(), "-", ++last);
}

absl::StatusOr<PrivateDescriptor> Descriptor(const std::string& logon_sid, ACCESS_MASK access,
                                             uint32_t integrity) {
  const absl::StatusOr<TokenIdentity> own = ReadOwnIdentity();
  if (!own.ok()) return own.status();
  std::string sddl = "D:P(A;;GA;;;SY)";
  if (own->user_sid != kSystemSid) absl::StrAppend(&sddl, "(A;;GA;;;", own->user_sid, ")");
  if (!logon_sid.empty()) {
    absl::StrAppend(&sddl, "(A;;0x", absl::Hex(access), ";;;", logon_sid, ")");
  }
  // Without a label an object is of medium integrity, and nobody below that may write to it.
  if (integrity < SECURITY_MANDATORY_MEDIUM_RID) {
    absl::StrAppend(&sddl, "S:(ML;;NW;;;S-1-16-", integrity, ")");
  }
  const absl::StatusOr<std::wstring> wide = ToUtf16(sddl);
  if (!wide.ok()) return wide.status();
  return PrivateDescriptor::FromSddl(*wide);
}

// Desktops are made in the process's window station, so it is another for a moment.
absl::StatusOr<UniqueDesktop> CreateDesktopIn(HWINSTA station, const PrivateDescriptor& access) {
  const absl::StatusOr<std::wstring> name = ToUtf16(kDesktopName);
  if (!name.ok()) return name.status();
  SECURITY_ATTRIBUTES attributes = access.attributes();
  MutexLock lock(StationMutex());
  const HWINSTA own = ::GetProcessWindowStation();
  if (!::SetProcessWindowStation(station)) return LastErrorStatus("SetProcessWindowStation");
  UniqueDesktop desktop(
      ::CreateDesktopW(name->c_str(), nullptr, nullptr, 0, GENERIC_ALL, &attributes));
  absl::Status created = desktop == nullptr ? LastErrorStatus("CreateDesktopW") : absl::OkStatus();
  // A host that cannot return would start its next jobs in this user's station.
  if (!::SetProcessWindowStation(own)) std::abort();
  if (!created.ok()) return created;
  return desktop;
}

}  // namespace

absl::StatusOr<std::shared_ptr<PrivateDesktop>> PrivateDesktop::Create(
    const std::string& logon_session, const std::string& logon_sid, uint32_t integrity) {
  const absl::StatusOr<PrivateDescriptor> station_access =
      Descriptor(logon_sid, kStationAccess, integrity);
  if (!station_access.ok()) return station_access.status();
  const absl::StatusOr<PrivateDescriptor> desktop_access =
      Descriptor(logon_sid, kDesktopAccess, integrity);
  if (!desktop_access.ok()) return desktop_access.status();
  const std::string name = StationName(logon_session);
  const absl::StatusOr<std::wstring> wide = ToUtf16(name);
  if (!wide.ok()) return wide.status();
  SECURITY_ATTRIBUTES attributes = station_access->attributes();
  UniqueStation station(
      ::CreateWindowStationW(wide->c_str(), CWF_CREATE_ONLY, GENERIC_ALL, &attributes));
  if (station == nullptr) return LastErrorStatus("CreateWindowStationW", name);
  absl::StatusOr<UniqueDesktop> desktop = CreateDesktopIn(station.get(), *desktop_access);
  if (!desktop.ok()) return desktop.status();
  return std::shared_ptr<PrivateDesktop>(new PrivateDesktop(
      absl::StrCat(name, "\\", kDesktopName), std::move(station), *std::move(desktop)));
}

}  // namespace proctor::jobhost
