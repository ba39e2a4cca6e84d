#ifndef PROCTOR_AGENT_TOKEN_POSIX_PAM_LOGON_H_
#define PROCTOR_AGENT_TOKEN_POSIX_PAM_LOGON_H_

#include <string>
#include <utility>

#include "agent/token/security_context.h"

namespace proctor {

// The context of a caller who logged on with a password: its jobs have a PAM session of the same
// service and account. The only context that callers on POSIX systems have.
class PamLogon final : public SecurityContext {
 public:
  PamLogon(std::string service_in, std::string user_in)
      : service(std::move(service_in)), user(std::move(user_in)) {}

  const std::string service;
  const std::string user;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POSIX_PAM_LOGON_H_
