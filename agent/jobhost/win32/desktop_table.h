#ifndef PROCTOR_AGENT_JOBHOST_WIN32_DESKTOP_TABLE_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_DESKTOP_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <utility>

#include "absl/status/statusor.h"
#include "agent/jobhost/win32/desktop_grants.h"
#include "agent/jobhost/win32/desktop_lease.h"
#include "common/mutex.h"
#include "common/win32/session_user.h"
#include "common/win32/token_identity.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// The desktops of this host's jobs: jobs of one logon session and integrity level share theirs,
// which ends with the last lease. A user has a few at most. Thread-safe.
//
// Window stations belong to a terminal session:
// - PRIVATE_DESKTOP: made in the host's session, to which the agent has moved the token.
// - INTERACTIVE_DESKTOP in the host's session: granted to the logon SID, when the host is on the
//   visible winsta0 itself; session 0, where services are, shows nothing to anybody.
// - INTERACTIVE_DESKTOP in another session, for the logon that the session was made for: Windows
//   itself allows its logon SID everything there, nothing is granted.
// - For any other logon a grant would have to be made by a process of that session, since winsta0
//   of another cannot be opened: refused.
class DesktopTable {
 public:
  using UserOfSession = absl::StatusOr<SessionUser> (*)(uint32_t session);

  // Revokes what an earlier host left granted. `grants` must outlive the table and its leases.
  static absl::StatusOr<std::unique_ptr<DesktopTable>> Open(
      DesktopGrants* grants, UserOfSession user_of_session = &ReadSessionUser);

  // What `launch` asks for. FAILED_PRECONDITION names what this host lacks for it.
  absl::StatusOr<std::shared_ptr<const DesktopLease>> Acquire(const WindowsLaunch& launch);

 private:
  using Lease = std::shared_ptr<const DesktopLease>;

  DesktopTable(DesktopGrants* grants, UserOfSession user_of_session, TokenIdentity own,
               uint32_t session, std::string own_desktop)
      : grants_(grants),
        user_of_session_(user_of_session),
        own_(std::move(own)),
        session_(session),
        own_desktop_(std::make_shared<const DesktopLease>(std::move(own_desktop))) {}

  absl::StatusOr<Lease> Private(const WindowsLaunch& launch);
  // ERROR_NOT_ENOUGH_QUOTA when this user, or all together, have as many private desktops as may
  // be.
  absl::Status CheckRoom(const std::string& user_sid) const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  absl::StatusOr<Lease> Interactive(const WindowsLaunch& launch);
  absl::StatusOr<Lease> InteractiveElsewhere(const WindowsLaunch& launch) const;

  DesktopGrants* const grants_;
  const UserOfSession user_of_session_;
  const TokenIdentity own_;
  const uint32_t session_;
  // Where this process is. Always named: while a private desktop is made, the process is elsewhere.
  const Lease own_desktop_;
  Mutex mutex_;
  // By user, logon session and integrity level.
  std::map<std::tuple<std::string, std::string, uint32_t>, std::weak_ptr<const DesktopLease>>
      private_ ABSL_GUARDED_BY(mutex_);
  // By logon SID.
  std::map<std::string, std::weak_ptr<const DesktopLease>> interactive_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_DESKTOP_TABLE_H_
