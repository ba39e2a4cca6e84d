#ifndef PROCTOR_AGENT_JOB_JOB_CALLER_H_
#define PROCTOR_AGENT_JOB_JOB_CALLER_H_

#include "agent/token/caller_token.h"
#include "agent/token/principal.h"
#include "agent/token/security_context.h"

namespace proctor {

// Who wants something of a job, for the length of one call. Owns nothing.
struct JobCaller {
  // Implicit: a caller's token is what is judged.
  JobCaller(const CallerToken& caller)  // NOLINT(google-explicit-constructor)
      : principal(*caller.principal()), token(caller.context().get()) {}
  // Without a token only what the principal alone decides is granted on Windows.
  JobCaller(const Principal& who,  // NOLINT(google-explicit-constructor)
            const SecurityContext* with = nullptr)
      : principal(who), token(with) {}

  const Principal& principal;
  const SecurityContext* token;  // What the principal was read from; null on POSIX.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_CALLER_H_
