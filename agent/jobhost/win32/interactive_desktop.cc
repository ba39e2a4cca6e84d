#include "agent/jobhost/win32/interactive_desktop.h"

#include <utility>

#include "common/log.h"

namespace proctor::jobhost {

InteractiveDesktop::InteractiveDesktop(DesktopGrants* grants, std::string logon_sid)
    : DesktopLease("winsta0\\default"), grants_(grants), logon_sid_(std::move(logon_sid)) {}

absl::StatusOr<std::shared_ptr<InteractiveDesktop>> InteractiveDesktop::Grant(
    DesktopGrants* grants, const std::string& logon_sid) {
  if (absl::Status granted = grants->Grant(logon_sid); !granted.ok()) return granted;
  return std::shared_ptr<InteractiveDesktop>(new InteractiveDesktop(grants, logon_sid));
}

InteractiveDesktop::~InteractiveDesktop() {
  const absl::Status revoked = grants_->Revoke(logon_sid_);
  if (!revoked.ok()) {
    LogError("the interactive desktop stays granted to ", logon_sid_, ": ", revoked.ToString());
  }
}

}  // namespace proctor::jobhost
