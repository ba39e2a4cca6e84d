#ifndef PROCTOR_AGENT_TOKEN_ANONYMOUS_CALLER_H_
#define PROCTOR_AGENT_TOKEN_ANONYMOUS_CALLER_H_

#include <string>

#include "absl/time/time.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// The first stage: a connection and what was obtained from it, before anything is read back or
// decided.
struct AnonymousCaller {
  // Ids only, as the authenticating mechanism gave them.
  v1::Principal credentials;
  // "SO_PEERCRED on a Unix socket"
  std::string mechanism;
  // The operating-system calls behind it, and how long they took.
  std::string call;
  absl::Duration duration;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_ANONYMOUS_CALLER_H_
