#ifndef PROCTOR_AGENT_RPC_AUTHENTICATION_SERVICE_H_
#define PROCTOR_AGENT_RPC_AUTHENTICATION_SERVICE_H_

#include "agent/rpc/agent_core.h"
#include "agent/rpc/caller_source.h"
#include "agent/rpc/session_terms.h"
#include "proctor/v1/authentication.grpc.pb.h"

namespace proctor {

// The Authentication service. Everything given must outlive it.
class AuthenticationService final : public v1::Authentication::CallbackService {
 public:
  // `terms` is null where the kernel names the callers: no sessions are opened there.
  AuthenticationService(const AgentCore& core, const CallerSource& callers,
                        const SessionTerms* terms)
      : core_(core), callers_(callers), terms_(terms) {}

  grpc::ServerBidiReactor<v1::AuthenticateRequest, v1::AuthenticateResponse>* Authenticate(
      grpc::CallbackServerContext* context) override;
  grpc::ServerUnaryReactor* WhoAmI(grpc::CallbackServerContext* context,
                                   const v1::WhoAmIRequest* request,
                                   v1::WhoAmIResponse* response) override;

 private:
  absl::Status DescribeCaller(const CallerToken& caller, v1::WhoAmIResponse* response) const;

  const AgentCore& core_;
  const CallerSource& callers_;
  const SessionTerms* const terms_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_AUTHENTICATION_SERVICE_H_
