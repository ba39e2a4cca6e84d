#ifndef PROCTOR_AGENT_TOKEN_IMPERSONATION_TOKEN_H_
#define PROCTOR_AGENT_TOKEN_IMPERSONATION_TOKEN_H_

#include <memory>
#include <utility>

#include "agent/token/principal.h"
#include "agent/token/security_context.h"
#include "agent/token/token_key.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// Stage IMPERSONATION: policy allowed the caller to act as `user`, and files may be opened as that
// user.
class ImpersonationToken {
 public:
  ImpersonationToken(TokenKey, std::shared_ptr<const Principal> user,
                     std::shared_ptr<const SecurityContext> context,
                     v1::NetworkCredentials network_credentials = {})
      : user_(std::move(user)),
        context_(std::move(context)),
        network_credentials_(std::move(network_credentials)) {}

  const std::shared_ptr<const Principal>& user() const { return user_; }
  const std::shared_ptr<const SecurityContext>& context() const { return context_; }
  // What the token itself can prove to other machines; not set where that is not the token's
  // (POSIX).
  const v1::NetworkCredentials& network_credentials() const { return network_credentials_; }

 private:
  std::shared_ptr<const Principal> user_;
  std::shared_ptr<const SecurityContext> context_;
  v1::NetworkCredentials network_credentials_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_IMPERSONATION_TOKEN_H_
