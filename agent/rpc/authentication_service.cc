#include "agent/rpc/authentication_service.h"

#include <string>

#include "agent/rpc/error_details.h"

namespace proctor {

grpc::ServerUnaryReactor* AuthenticationService::WhoAmI(grpc::CallbackServerContext* context,
                                                        const v1::WhoAmIRequest*,
                                                        v1::WhoAmIResponse* response) {
  const absl::Status admitted = core_.gate->Admit("WhoAmI", caller_.get()).status();
  if (admitted.ok()) {
    *response->mutable_principal() = caller_->principal()->proto();
    response->set_mechanism(caller_->mechanism());
    response->set_administrator(core_.jobs->access().IsAdministrator(*caller_->principal()));
    const absl::Status able = core_.pipeline->CanLaunchAs(*caller_);
    response->set_can_launch(able.ok());
    response->set_cannot_launch_reason(std::string(able.message()));
  }
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(admitted));
  return reactor;
}

}  // namespace proctor
