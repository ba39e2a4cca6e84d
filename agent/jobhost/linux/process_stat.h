#ifndef PROCTOR_AGENT_JOBHOST_LINUX_PROCESS_STAT_H_
#define PROCTOR_AGENT_JOBHOST_LINUX_PROCESS_STAT_H_

#include <sys/types.h>

#include <cstdint>

#include "absl/status/statusor.h"

namespace proctor::jobhost {

// The part of /proc/PID/stat that identifies a process.
struct ProcessStat {
  char state = '?';
  pid_t parent = 0;
  pid_t session = 0;
  unsigned flags = 0;             // PF_* of the kernel.
  uint64_t start_time_ticks = 0;  // Since boot.

  bool ended() const { return state == 'Z' || state == 'X'; }
  // PF_EXITING: on its way there.
  bool ending() const { return ended() || (flags & 0x4) != 0; }
  // PF_FORKNOEXEC: made by a fork or clone and has not called exec.
  bool never_called_exec() const { return (flags & 0x40) != 0; }
};

// kNotFound when there is no such process.
absl::StatusOr<ProcessStat> ReadProcessStat(pid_t pid);

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_LINUX_PROCESS_STAT_H_
