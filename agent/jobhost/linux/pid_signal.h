#ifndef PROCTOR_AGENT_JOBHOST_LINUX_PID_SIGNAL_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_PID_SIGNAL_H_

#include <sys/types.h>

#include <functional>

#include "absl/status/status.h"

namespace proctor::jobhost {

// Signals a process that others may reap: takes a pidfd, asks `still_it` whether the id still means
// the same process, and signals through the pidfd. kNotFound when it is gone.
absl::Status SignalChecked(pid_t pid, int signal, const std::function<bool(pid_t)>& still_it);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_PID_SIGNAL_H_
