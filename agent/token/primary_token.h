#ifndef PROCTOR_AGENT_TOKEN_PRIMARY_TOKEN_H_
#define PROCTOR_AGENT_TOKEN_PRIMARY_TOKEN_H_

#include <memory>
#include <utility>

#include "agent/token/principal.h"
#include "agent/token/security_context.h"
#include "agent/token/token_key.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// Stage PRIMARY: the complete credential set that a process can run with, less what the caller
// asked to give up.
class PrimaryToken {
 public:
  PrimaryToken(TokenKey, std::shared_ptr<const Principal> user,
               std::shared_ptr<const SecurityContext> context, v1::Restrictions restrictions,
               v1::NetworkCredentials network_credentials = {})
      : user_(std::move(user)),
        context_(std::move(context)),
        restrictions_(std::move(restrictions)),
        network_credentials_(std::move(network_credentials)) {}

  const std::shared_ptr<const Principal>& user() const { return user_; }
  const std::shared_ptr<const SecurityContext>& context() const { return context_; }
  const v1::Restrictions& restrictions() const { return restrictions_; }
  // As ImpersonationToken's.
  const v1::NetworkCredentials& network_credentials() const { return network_credentials_; }

 private:
  std::shared_ptr<const Principal> user_;
  std::shared_ptr<const SecurityContext> context_;
  v1::Restrictions restrictions_;
  v1::NetworkCredentials network_credentials_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_PRIMARY_TOKEN_H_
