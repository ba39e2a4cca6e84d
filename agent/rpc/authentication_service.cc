#include "agent/rpc/authentication_service.h"

#include <memory>
#include <string>
#include <utility>

#include "agent/rpc/admitted_call.h"
#include "agent/rpc/authenticate_call.h"
#include "agent/rpc/counted_reactor.h"
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

absl::Status AuthenticationService::DescribeCaller(const CallerToken& caller,
                                                   v1::WhoAmIResponse* response) const {
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
                                                        const v1::WhoAmIRequest* request,
                                                        v1::WhoAmIResponse* response) {
  absl::StatusOr<AdmittedCall> call = AdmitCall(core_, callers_, *context, "WhoAmI", *request);
  if (!call.ok()) {
    grpc::ServerUnaryReactor* refused = context->DefaultReactor();
    refused->Finish(ToGrpcStatus(call.status()));
    return refused;
  }
  const absl::Status status = DescribeCaller(*call->caller, response);
  if (!status.ok()) AuditRefusal(*call->caller, "WhoAmI", status);
  auto* reactor = new CountedReactor(std::move(call->permit));
  reactor->Answer(status, *response);
  return reactor;
}

}  // namespace proctor
