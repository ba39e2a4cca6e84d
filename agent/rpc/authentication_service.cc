#include "agent/rpc/authentication_service.h"

#include <memory>
#include <string>

#include "agent/rpc/authenticate_call.h"
#include "agent/rpc/error_details.h"

namespace proctor {
namespace {

class NamedAlready final
    : public grpc::ServerBidiReactor<v1::AuthenticateRequest, v1::AuthenticateResponse> {
 public:
  NamedAlready() {
    Finish(ToGrpcStatus(absl::FailedPreconditionError(
        "there is nothing to authenticate here: the kernel already named you")));
  }
  void OnDone() override { delete this; }
};

}  // namespace

grpc::ServerBidiReactor<v1::AuthenticateRequest, v1::AuthenticateResponse>*
AuthenticationService::Authenticate(grpc::CallbackServerContext* context) {
  if (terms_ == nullptr) return new NamedAlready;
  return AuthenticateCall::Start(*terms_, *context);
}

absl::Status AuthenticationService::DescribeCaller(const grpc::CallbackServerContext& context,
                                                   v1::WhoAmIResponse* response) const {
  const absl::StatusOr<std::shared_ptr<const CallerToken>> found = callers_.CallerOf(context);
  if (!found.ok()) return found.status();
  const CallerToken& caller = **found;
  const absl::Status admitted = core_.gate->Admit("WhoAmI", &caller).status();
  if (!admitted.ok()) return admitted;
  *response->mutable_principal() = caller.principal()->proto();
  response->set_mechanism(caller.mechanism());
  *response->mutable_authentication() = caller.authentication();
  response->set_administrator(core_.jobs->access().IsAdministrator(*caller.principal()));
  const absl::Status able = core_.pipeline->CanLaunchAs(caller);
  response->set_can_launch(able.ok());
  response->set_cannot_launch_reason(std::string(able.message()));
  return absl::OkStatus();
}

grpc::ServerUnaryReactor* AuthenticationService::WhoAmI(grpc::CallbackServerContext* context,
                                                        const v1::WhoAmIRequest*,
                                                        v1::WhoAmIResponse* response) {
  const absl::Status status = DescribeCaller(*context, response);
  if (!status.ok()) AuditStranger(context->peer(), "WhoAmI", status);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

}  // namespace proctor
