#ifndef PROCTOR_AGENT_JOBHOST_LINUX_HOST_PROCESS_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_HOST_PROCESS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

// What the process must be before it may hold other people's jobs. Before the first thread.

// Blocks every signal and resets what an ancestor had ignored, which jobs would inherit.
absl::Status OwnSignals();
// Subreaper, and not dumpable: a child shares our memory until exec, as a user we do not trust.
absl::Status ProtectProcess();

// The socket that systemd passed (sd_listen_fds), if it passed one to us.
absl::StatusOr<UniqueFd> SocketFromSystemd();
// sd_notify: "READY=1". Does nothing without NOTIFY_SOCKET.
absl::Status NotifySystemd(const std::string& state);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_HOST_PROCESS_H_
