#ifndef PROCTOR_AGENT_JOBHOST_WIN32_DESKTOP_TABLE_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_DESKTOP_TABLE_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "agent/jobhost/win32/desktop_grants.h"
#include "agent/jobhost/win32/desktop_lease.h"
#include "common/mutex.h"
#include "common/win32/token_identity.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// The desktops of this host's jobs: jobs of one logon session share theirs, which ends with the last
// lease. Thread-safe.
//
// Objects of window stations, and job objects too, belong to one terminal session, so all jobs run
// in the host's own:
// - PRIVATE_DESKTOP: made here. The agent has moved the token to this session.
// - INTERACTIVE_DESKTOP, and this host is on the visible winsta0: granted to the logon SID.
// - INTERACTIVE_DESKTOP from a service: session 0 shows nothing to anybody, and winsta0 of another
//   session can neither be opened from here nor hold a process of a job object of ours. Refused.
class DesktopTable {
 public:
  // Revokes what an earlier host left granted. `grants` must outlive the table and its leases.
  static absl::StatusOr<std::unique_ptr<DesktopTable>> Open(DesktopGrants* grants);

  // What `launch` asks for. FAILED_PRECONDITION names what this host lacks for it.
  absl::StatusOr<std::shared_ptr<const DesktopLease>> Acquire(const WindowsLaunch& launch);

 private:
  using Lease = std::shared_ptr<const DesktopLease>;

  DesktopTable(DesktopGrants* grants, TokenIdentity own, uint32_t session, std::string own_desktop)
      : grants_(grants),
        own_(std::move(own)),
        session_(session),
        own_desktop_(std::make_shared<const DesktopLease>(std::move(own_desktop))) {}

  absl::StatusOr<Lease> Private(const WindowsLaunch& launch);
  absl::StatusOr<Lease> Interactive(const WindowsLaunch& launch);

  DesktopGrants* const grants_;
  const TokenIdentity own_;
  const uint32_t session_;
  // Where this process is. Always named: while a private desktop is made, the process is elsewhere.
  const Lease own_desktop_;
  Mutex mutex_;
  // By logon session.
  std::map<std::string, std::weak_ptr<const DesktopLease>> private_ ABSL_GUARDED_BY(mutex_);
  // By logon SID.
  std::map<std::string, std::weak_ptr<const DesktopLease>> interactive_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_DESKTOP_TABLE_H_
