#ifndef PROCTOR_COMMON_LINUX_SERVICE_NOTIFY_H_
#define PROCTOR_COMMON_LINUX_SERVICE_NOTIFY_H_

#include "absl/strings/string_view.h"

namespace proctor {

// Tells the service manager about a change of state ("READY=1"), sd_notify(3): one datagram to the
// socket in NOTIFY_SOCKET. Does nothing when the process was not started by one.
void NotifyService(absl::string_view state);

}  // namespace proctor

#endif  // PROCTOR_COMMON_LINUX_SERVICE_NOTIFY_H_
