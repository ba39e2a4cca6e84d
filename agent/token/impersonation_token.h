#ifndef PROCTOR_AGENT_TOKEN_IMPERSONATION_TOKEN_H_
#define PROCTOR_AGENT_TOKEN_IMPERSONATION_TOKEN_H_

#include <memory>
#include <utility>

#include "agent/token/principal.h"
#include "agent/token/security_context.h"
#include "agent/token/token_key.h"

namespace proctor {

// Stage IMPERSONATION: policy allowed the caller to act as `user`, and files may be opened as that
// user.
class ImpersonationToken {
 public:
  ImpersonationToken(TokenKey, std::shared_ptr<const Principal> user,
                     std::shared_ptr<const SecurityContext> context)
      : user_(std::move(user)), context_(std::move(context)) {}

  const std::shared_ptr<const Principal>& user() const { return user_; }
  const std::shared_ptr<const SecurityContext>& context() const { return context_; }

 private:
  std::shared_ptr<const Principal> user_;
  std::shared_ptr<const SecurityContext> context_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_IMPERSONATION_TOKEN_H_
