#ifndef PROCTOR_AGENT_JOBHOST_WIN32_INTERACTIVE_DESKTOP_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_INTERACTIVE_DESKTOP_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/jobhost/win32/desktop_grants.h"
#include "agent/jobhost/win32/desktop_lease.h"

namespace proctor::jobhost {

// winsta0\default of this host's session, granted to one logon SID until the lease ends.
class InteractiveDesktop final : public DesktopLease {
 public:
  // `grants` must outlive the lease.
  static absl::StatusOr<std::shared_ptr<InteractiveDesktop>> Grant(DesktopGrants* grants,
                                                                   const std::string& logon_sid);
  ~InteractiveDesktop() override;

 private:
  InteractiveDesktop(DesktopGrants* grants, std::string logon_sid);

  DesktopGrants* const grants_;
  const std::string logon_sid_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_INTERACTIVE_DESKTOP_H_
