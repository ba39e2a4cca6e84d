#ifndef PROCTOR_AGENT_JOB_LINUX_HOST_PROGRAM_H_
#define PROCTOR_AGENT_JOB_LINUX_HOST_PROGRAM_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/time/time.h"

namespace proctor {

// How to start proctor-jobhost when none listens.
struct HostProgram {
  std::string path;
  std::vector<std::string> arguments;  // Without argv[0].

  // Starts it in a session of its own and waits until it listens. It is a child of this process for
  // as long as this process lives, and goes on after it. DEADLINE_EXCEEDED, or UNAVAILABLE when the
  // program ended instead; its reason is on standard error.
  absl::Status Start(absl::Duration timeout) const;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_LINUX_HOST_PROGRAM_H_
