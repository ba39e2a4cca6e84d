#ifndef PROCTOR_AGENT_JOBHOST_WIN32_PRIVATE_DESKTOP_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_PRIVATE_DESKTOP_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/jobhost/win32/desktop_lease.h"
#include "agent/jobhost/win32/window_objects.h"

namespace proctor::jobhost {

// A window station and a desktop that nobody sees, of the jobs of one logon session and integrity
// level alone: its logon SID, LocalSystem and this host's user have access. Both go with this
// object and the last process that uses them.
class PrivateDesktop final : public DesktopLease {
 public:
  // `logon_session` ("0x0:0x3e7") becomes part of the station's name; the name is never used twice.
  // `logon_sid` may be empty: LocalSystem has none. `integrity`: a level's relative id, of the
  // jobs. The process's window station is another for a moment (StationMutex()). PERMISSION_DENIED
  // when this host's user may not name a station (administrators may).
  static absl::StatusOr<std::shared_ptr<PrivateDesktop>> Create(const std::string& logon_session,
                                                                const std::string& logon_sid,
                                                                uint32_t integrity);

  // With full access.
  HWINSTA station() const { return station_.get(); }
  HDESK desktop() const { return desktop_.get(); }

 private:
  PrivateDesktop(std::string name, UniqueStation station, UniqueDesktop desktop)
      : DesktopLease(std::move(name)), station_(std::move(station)), desktop_(std::move(desktop)) {}

  const UniqueStation station_;
  const UniqueDesktop desktop_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_PRIVATE_DESKTOP_H_
