#ifndef PROCTOR_AGENT_JOBHOST_WIN32_SESSION_RESOURCES_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_SESSION_RESOURCES_H_

#include <memory>

#include "absl/types/optional.h"
#include "agent/jobhost/win32/desktop_lease.h"
#include "common/win32/user_profile.h"

namespace proctor::jobhost {

// What a tree uses of its user's session, held until the tree is empty. Giving it back can take
// long: not under a lock, and not on the supervisor's thread.
struct SessionResources {
  std::shared_ptr<const DesktopLease> desktop;
  absl::optional<UserProfile> profile;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_SESSION_RESOURCES_H_
