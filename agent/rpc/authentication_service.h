#ifndef PROCTOR_AGENT_RPC_AUTHENTICATION_SERVICE_H_
#define PROCTOR_AGENT_RPC_AUTHENTICATION_SERVICE_H_

#include <memory>

#include "agent/rpc/agent_core.h"
#include "agent/token/caller_token.h"
#include "proctor/v1/authentication.grpc.pb.h"

namespace proctor {

// The Authentication service as one identity sees it. `core` must outlive it.
class AuthenticationService final : public v1::Authentication::CallbackService {
 public:
  AuthenticationService(const AgentCore& core, std::shared_ptr<const CallerToken> caller)
      : core_(core), caller_(std::move(caller)) {}

  grpc::ServerUnaryReactor* WhoAmI(grpc::CallbackServerContext* context,
                                   const v1::WhoAmIRequest* request,
                                   v1::WhoAmIResponse* response) override;

 private:
  const AgentCore& core_;
  const std::shared_ptr<const CallerToken> caller_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_AUTHENTICATION_SERVICE_H_
