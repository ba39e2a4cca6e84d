#ifndef PROCTOR_AGENT_JOBHOST_WIN32_WINDOW_OBJECTS_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_WINDOW_OBJECTS_H_

#include <windows.h>

#include <memory>
#include <string>
#include <type_traits>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/mutex.h"

namespace proctor::jobhost {

struct CloseStation {
  void operator()(HWINSTA station) const { ::CloseWindowStation(station); }
};
struct CloseDesk {
  void operator()(HDESK desktop) const { ::CloseDesktop(desktop); }
};
using UniqueStation = std::unique_ptr<std::remove_pointer_t<HWINSTA>, CloseStation>;
using UniqueDesktop = std::unique_ptr<std::remove_pointer_t<HDESK>, CloseDesk>;

// What a job's logon SID is allowed on a window station and its desktop: everything but to change
// their protection or owner, to end the session and to switch the screen to the desktop.
inline constexpr ACCESS_MASK kStationAccess =
    (WINSTA_ALL_ACCESS & ~WINSTA_EXITWINDOWS) | READ_CONTROL;
inline constexpr ACCESS_MASK kDesktopAccess =
    DESKTOP_READOBJECTS | DESKTOP_CREATEWINDOW | DESKTOP_CREATEMENU | DESKTOP_HOOKCONTROL |
    DESKTOP_JOURNALRECORD | DESKTOP_JOURNALPLAYBACK | DESKTOP_ENUMERATE | DESKTOP_WRITEOBJECTS |
    READ_CONTROL;

// A process has one window station, in which it makes and opens desktops. Held by whoever makes it
// another for a moment, and by whoever relies on it. Nothing else is locked under it.
Mutex* StationMutex();

// UOI_NAME of a window station or desktop.
absl::StatusOr<std::string> WindowObjectName(HANDLE object);

// Where this process and thread are, for STARTUPINFO.lpDesktop: "station\\desktop".
absl::StatusOr<std::string> OwnDesktopName();

// Whether this process's window station is the visible one, WSF_VISIBLE.
bool OnInteractiveStation();

// Adds an access-allowed entry for `sid` ("S-1-5-5-0-12345") to the DACL of a window station or
// desktop, and leaves everything else of it as it is. An object without a DACL allows everything to
// everybody and is left so. `object` needs READ_CONTROL and WRITE_DAC. Whoever else changes the
// DACL at the same moment loses: callers take turns.
absl::Status AllowAccess(HANDLE object, const std::string& sid, ACCESS_MASK access);

// Takes exactly one such entry away again; nothing when there is none.
absl::Status RevokeAccess(HANDLE object, const std::string& sid, ACCESS_MASK access);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_WINDOW_OBJECTS_H_
