#ifndef PROCTOR_AGENT_TOKEN_ANONYMOUS_CALLER_H_
#define PROCTOR_AGENT_TOKEN_ANONYMOUS_CALLER_H_

#include <memory>
#include <string>

#include "absl/time/time.h"
#include "agent/token/security_context.h"
#include "proctor/v1/authentication.pb.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// The first stage: a connection and what was obtained from it, before anything is read back or
// decided.
struct AnonymousCaller {
  // Ids only, as the authenticating mechanism gave them; empty on Windows, where the token tells.
  v1::Principal credentials;
  // The caller's token, on Windows.
  std::shared_ptr<const SecurityContext> context;
  // The credentials for other machines that the caller handed over; the platform's own, null
  // without.
  std::shared_ptr<const SecurityContext> delegated;
  // How it was established; the mechanism is always told.
  v1::AuthenticationContext authentication;
  // The operating-system calls behind it, and how long they took.
  std::string call;
  absl::Duration duration;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_ANONYMOUS_CALLER_H_
