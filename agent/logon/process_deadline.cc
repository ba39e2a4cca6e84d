#include "agent/logon/process_deadline.h"

#include <signal.h>
#include <unistd.h>

namespace proctor::logon {

ProcessDeadline::ProcessDeadline(absl::Duration after) {
  sigevent kill = {};
  kill.sigev_notify = SIGEV_SIGNAL;
  kill.sigev_signo = SIGKILL;
  itimerspec when = {};
  when.it_value = absl::ToTimespec(after);
  // A helper that nothing would end must not begin.
  if (::timer_create(CLOCK_MONOTONIC, &kill, &timer_) != 0 ||
      ::timer_settime(timer_, 0, &when, nullptr) != 0) {
    ::_exit(1);
  }
}

ProcessDeadline::~ProcessDeadline() { ::timer_delete(timer_); }

}  // namespace proctor::logon
