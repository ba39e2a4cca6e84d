#include "agent/rpc/list_call.h"

#include <utility>

#include "agent/rpc/error_details.h"
#include "agent/rpc/named_owner.h"

namespace proctor {

ListCall::ListCall(const AgentCore& core, AdmittedCall admitted, v1::ListJobsResponse* response)
    : core_(core),
      caller_(std::move(admitted.caller)),
      permit_(std::move(admitted.permit)),
      response_(response) {}

grpc::ServerUnaryReactor* ListCall::Start(const AgentCore& core, AdmittedCall admitted,
                                          const v1::ListJobsRequest& request,
                                          v1::ListJobsResponse* response) {
  std::shared_ptr<ListCall> call(new ListCall(core, std::move(admitted), response));
  call->self_ = call;
  ResolveOwner(core, *call->caller_, request.filter(),
               [call, request](absl::StatusOr<v1::JobFilter> filter) {
                 if (!filter.ok()) return call->Refuse(filter.status());
                 v1::ListJobsRequest resolved = request;
                 *resolved.mutable_filter() = *std::move(filter);
                 call->List(resolved);
               });
  return call.get();
}

void ListCall::List(const v1::ListJobsRequest& request) {
  absl::StatusOr<std::shared_ptr<JobListing>> listing =
      JobListing::Make(caller_->principal(), caller_->context(), request,
                       [keep = shared_from_this()](absl::StatusOr<v1::ListJobsResponse> page) {
                         keep->Answer(std::move(page));
                       });
  if (!listing.ok()) return Refuse(listing.status());
  {
    MutexLock lock(&mutex_);
    if (finished_) return;  // The caller has gone meanwhile.
    listing_ = *listing;
  }
  core_.jobs->ListJobs(*listing);
}

void ListCall::Refuse(const absl::Status& status) {
  AuditRefusal(*caller_, "ListJobs", status);
  Answer(status);
}

void ListCall::Answer(absl::StatusOr<v1::ListJobsResponse> page) {
  std::shared_ptr<JobListing> listing;
  {
    MutexLock lock(&mutex_);
    if (finished_) return;
    finished_ = true;
    listing.swap(listing_);
    if (page.ok()) {
      *response_ = *std::move(page);
      // The message, and its serialized form.
      permit_.Charge(2 * response_->ByteSizeLong());
    }
  }
  Finish(ToGrpcStatus(page.status()));
}

void ListCall::OnCancel() {
  std::shared_ptr<JobListing> listing;
  {
    MutexLock lock(&mutex_);
    permit_.Abandon();
    if (finished_) return;
    finished_ = true;
    listing.swap(listing_);
  }
  if (listing != nullptr) listing->Cancel();
  Finish(grpc::Status::CANCELLED);
}

void ListCall::OnDone() { const std::shared_ptr<ListCall> last = std::move(self_); }

}  // namespace proctor
