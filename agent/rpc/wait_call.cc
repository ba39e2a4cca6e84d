#include "agent/rpc/wait_call.h"

#include <memory>
#include <utility>

#include "agent/job/field_error.h"
#include "agent/rpc/error_details.h"

namespace proctor {

grpc::ServerUnaryReactor* WaitCall::Start(const AgentCore& core, AdmittedCall admitted,
                                          const v1::WaitRequest& request,
                                          v1::WaitResponse* response) {
  const CallerToken& caller = *admitted.caller;
  std::shared_ptr<WaitCall> call(new WaitCall(request.until(), response));
  call->Own(std::move(admitted.permit));
  const absl::StatusOr<MethodNeeds> needs = core.gate->Admit("Wait", &caller);
  absl::Status refused = needs.status();
  if (refused.ok() && !v1::WaitRequest::Until_IsValid(request.until())) {
    refused = FieldError("until", "is not a known moment");
  }
  if (refused.ok()) {
    auto subscription =
        core.jobs->Subscribe(caller, request.job_id(), needs->job_right, call, /*attach=*/true);
    refused = subscription.status();
    if (refused.ok()) call->Watch(*std::move(subscription));
  }
  if (!refused.ok()) {
    AuditRefusal(caller, "Wait", refused);
    call->FinishOnce(ToGrpcStatus(refused));
  }
  return call.get();
}

absl::optional<grpc::Status> WaitCall::Check(const JobSubscription& job) {
  const absl::StatusOr<JobView> view = job.View();
  if (!view.ok()) return ToGrpcStatus(view.status());
  if (view->agent_stopping && !view->final) return AgentStopping();
  if (!view->final && (until_ == v1::WaitRequest::FINAL || !view->main_exited)) {
    return absl::nullopt;
  }
  const v1::Job record = job.Job();
  *response_->mutable_exit() = record.exit();
  response_->set_state(record.state());
  return grpc::Status::OK;
}

}  // namespace proctor
