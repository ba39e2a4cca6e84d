#ifndef PROCTOR_AGENT_JOB_WIN32_HOST_PROGRAM_H_
#define PROCTOR_AGENT_JOB_WIN32_HOST_PROGRAM_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace proctor {

// How to start proctor-jobhost.exe when none answers.
struct HostProgram {
  std::string path;                    // Absolute.
  std::vector<std::string> arguments;  // Without argv[0].

  // Starts it with nothing but an event and the standard handles, and waits until it serves its
  // pipe. It goes on after this process. DEADLINE_EXCEEDED, or UNAVAILABLE when the program ended
  // instead.
  absl::Status Start(absl::Duration timeout) const;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_WIN32_HOST_PROGRAM_H_
