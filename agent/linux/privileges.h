#ifndef PROCTOR_AGENT_LINUX_PRIVILEGES_H_
#define PROCTOR_AGENT_LINUX_PRIVILEGES_H_

#include "absl/status/status.h"

namespace proctor {

// Gives up every capability(7) of an agent that runs as uid 0: it opens only files of its own, and
// becoming somebody else is the job host's business. A job host that it starts has them again
// (execve(2) of a root process). An agent of another uid keeps what it was given, since that is all
// its job host can inherit. Call before threads exist: capabilities are each thread's own.
absl::Status DropCapabilities();

}  // namespace proctor

#endif  // PROCTOR_AGENT_LINUX_PRIVILEGES_H_
