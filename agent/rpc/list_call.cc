#include "agent/rpc/list_call.h"

#include <utility>

#include "agent/rpc/error_details.h"

namespace proctor {

grpc::ServerUnaryReactor* ListCall::Start(const AgentCore& core, AdmittedCall admitted,
                                          const v1::ListJobsRequest& request,
                                          v1::ListJobsResponse* response) {
  const std::shared_ptr<const CallerToken> caller = std::move(admitted.caller);
  auto* const call = new ListCall(std::move(admitted.permit));
  absl::StatusOr<std::shared_ptr<JobListing>> listing =
      JobListing::Make(caller->principal(), caller->context(), request,
                       [call, response](absl::StatusOr<v1::ListJobsResponse> page) {
                         if (page.ok()) {
                           *response = *std::move(page);
                           // The message, and its serialized form.
                           call->permit_.Charge(2 * response->ByteSizeLong());
                         }
                         call->Finish(ToGrpcStatus(page.status()));
                       });
  if (!listing.ok()) {
    AuditRefusal(*caller, "ListJobs", listing.status());
    call->Finish(ToGrpcStatus(listing.status()));
    return call;
  }
  call->listing_ = *std::move(listing);
  core.jobs->ListJobs(call->listing_);
  return call;
}

void ListCall::OnCancel() {
  permit_.Abandon();
  // Also called for a call that was refused.
  if (listing_ != nullptr) listing_->Cancel();
}

}  // namespace proctor
