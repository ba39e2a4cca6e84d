#ifndef PROCTOR_AGENT_JOBHOST_WIN32_HOST_OPTIONS_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_HOST_OPTIONS_H_

#include <cstdint>
#include <string>

#include "absl/time/time.h"
#include "absl/types/optional.h"

namespace proctor::jobhost {

// What the command line says.
struct HostOptions {
  std::string pipe;                              // "\\.\pipe\NAME"
  std::string spool_dir;                         // Must exist.
  absl::optional<uint64_t> spool_reserve_bytes;  // Nullopt: by the size of the file system.
  absl::Duration launch_deadline = absl::Seconds(30);
  absl::Duration exit_when_idle = absl::ZeroDuration();  // Zero: never.
  // Inherited handles of events; 0: none. The first is set when the pipe is served, the second by
  // whoever wants the host to stop.
  uint64_t ready_event = 0;
  uint64_t stop_event = 0;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_HOST_OPTIONS_H_
