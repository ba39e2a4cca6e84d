#ifndef PROCTOR_AGENT_LOGON_PROCESS_DEADLINE_H_
#define PROCTOR_AGENT_LOGON_PROCESS_DEADLINE_H_

#include <time.h>

#include "absl/time/time.h"

namespace proctor::logon {

// The kernel kills this process when the time is up, whatever a PAM module is doing: a POSIX timer
// whose signal is SIGKILL. alarm(2) is left to the modules.
class ProcessDeadline {
 public:
  explicit ProcessDeadline(absl::Duration after);
  ~ProcessDeadline();
  ProcessDeadline(const ProcessDeadline&) = delete;
  ProcessDeadline& operator=(const ProcessDeadline&) = delete;

 private:
  timer_t timer_;
};

}  // namespace proctor::logon

#endif  // PROCTOR_AGENT_LOGON_PROCESS_DEADLINE_H_
