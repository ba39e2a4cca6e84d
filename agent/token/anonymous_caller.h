#ifndef PROCTOR_AGENT_TOKEN_ANONYMOUS_CALLER_H_
#define PROCTOR_AGENT_TOKEN_ANONYMOUS_CALLER_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "agent/token/security_context.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// The first stage: a connection and what was obtained from it, before anything is read back or
// decided.
struct AnonymousCaller {
  // Ids only, as the authenticating mechanism gave them; empty on Windows, where the token tells.
  v1::Principal credentials;
  // The caller's token, on Windows.
  std::shared_ptr<const SecurityContext> context;
  // "SO_PEERCRED on a Unix socket"
  std::string mechanism;
  // The operating-system calls behind it, and how long they took.
  std::string call;
  absl::Duration duration;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_ANONYMOUS_CALLER_H_
