#ifndef PROCTOR_AGENT_JOB_JOB_CALLER_H_
#define PROCTOR_AGENT_JOB_JOB_CALLER_H_

#include <memory>
#include <utility>

#include "agent/token/caller_token.h"
#include "agent/token/principal.h"
#include "agent/token/security_context.h"

namespace proctor {

// Who wants something of a job. Does not own the principal.
struct JobCaller {
  // Implicit: a caller's token is what is judged.
  JobCaller(const CallerToken& caller)  // NOLINT(google-explicit-constructor)
      : principal(*caller.principal()), token(caller.context()) {}
  // Without a token only what the principal alone decides is granted on Windows.
  JobCaller(const Principal& who,  // NOLINT(google-explicit-constructor)
            std::shared_ptr<const SecurityContext> with = nullptr)
      : principal(who), token(std::move(with)) {}

  const Principal& principal;
  // What the principal was read from; null on POSIX.
  const std::shared_ptr<const SecurityContext> token;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_CALLER_H_
