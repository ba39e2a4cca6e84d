#include "agent/rpc/read_output_call.h"

#include <algorithm>
#include <limits>
#include <utility>

#include "agent/job/field_error.h"
#include "agent/rpc/error_details.h"

namespace proctor {
namespace {

constexpr uint64_t kChunk = 256 * 1024;

}  // namespace

ReadOutputCall::ReadOutputCall(const AgentCore& core, const Principal& caller,
                               const v1::ReadOutputRequest& request)
    : StreamCall(core.jobs->output_thread(), caller),
      follow_(request.follow()),
      left_(request.limit() == 0 ? std::numeric_limits<uint64_t>::max() : request.limit()) {}

grpc::ServerWriteReactor<v1::ReadOutputResponse>* ReadOutputCall::Start(
    const AgentCore& core, AdmittedCall admitted, const v1::ReadOutputRequest& request) {
  const CallerToken& caller = *admitted.caller;
  std::shared_ptr<ReadOutputCall> call(new ReadOutputCall(core, *caller.principal(), request));
  call->Own(std::move(admitted.permit));
  const absl::Status begun = call->Begin(core, caller, request);
  if (begun.ok()) {
    call->Pump();
  } else {
    AuditRefusal(caller, "ReadOutput", begun);
    call->FinishOnce(ToGrpcStatus(begun));
  }
  return call.get();
}

absl::Status ReadOutputCall::Begin(const AgentCore& core, const CallerToken& caller,
                                   const v1::ReadOutputRequest& request) {
  const absl::StatusOr<MethodNeeds> needs = core.gate->Admit("ReadOutput", &caller);
  if (!needs.ok()) return needs.status();
  if (request.stream() != v1::STDOUT && request.stream() != v1::STDERR) {
    return FieldError("stream", "must be STDOUT or STDERR");
  }
  if (request.offset() > static_cast<uint64_t>(std::numeric_limits<int64_t>::max())) {
    return FieldError("offset", "is beyond any file");
  }
  auto subscription = core.jobs->Subscribe(
      caller, request.job_id(), needs->job_right,
      std::static_pointer_cast<ReadOutputCall>(shared_from_this()), /*attach=*/request.follow());
  if (!subscription.ok()) return subscription.status();
  const v1::LaunchSpec spec = (*subscription)->Job().spec();
  MutexLock lock(&mutex_);
  tail_.emplace(core.jobs->spool(), request.job_id(), request.stream(),
                IsSpooled(spec, request.stream()), request.offset());
  subscription_ = *std::move(subscription);
  return absl::OkStatus();
}

ReadOutputCall::Step ReadOutputCall::Next(v1::ReadOutputResponse* message, grpc::Status* status) {
  if (subscription_ == nullptr) return Step::kWait;
  if (last_sent_) {
    *status = grpc::Status::OK;
    return Step::kFinish;
  }
  while (true) {
    // The view first: a stream that is read empty after the job was final is complete.
    const absl::StatusOr<JobView> view = subscription_->View();
    if (!view.ok()) {
      *status = ToGrpcStatus(view.status());
      return Step::kFinish;
    }
    const bool final = view->final;
    if (view->agent_stopping && !final) {
      *status = AgentStopping();
      return Step::kFinish;
    }
    if (left_ > 0) {
      absl::StatusOr<bool> read = tail_->Read(Portion(static_cast<size_t>(std::min(left_, kChunk))),
                                              message->mutable_chunk());
      if (!read.ok()) {
        *status = ToGrpcStatus(read.status());
        return Step::kFinish;
      }
      if (*read) {
        left_ -= message->chunk().data().size();
        return Step::kWrite;
      }
      message->clear_chunk();
      if (absl::Status whole = tail_->CheckKept(Kept(*view)); !whole.ok()) {
        *status = ToGrpcStatus(whole);
        return Step::kFinish;
      }
    }
    if (final || !follow_ || left_ == 0) {
      FillLast(final && left_ > 0, message);
      return Step::kWrite;
    }
    if (!tail_->spooled()) return Step::kWait;
    if (!subscription_->Follow(tail_->standard_error(), tail_->offset())) return Step::kWait;
  }
}

uint64_t ReadOutputCall::Kept(const JobView& view) const {
  if (!view.final) return view.kept[tail_->standard_error() ? 1 : 0];
  const v1::ExitRecord exit = subscription_->Job().exit();
  return tail_->standard_error() ? exit.standard_error().bytes_kept()
                                 : exit.standard_output().bytes_kept();
}

void ReadOutputCall::FillLast(bool final, v1::ReadOutputResponse* message) {
  last_sent_ = true;
  message->set_complete(final);
  if (!final) return;
  const v1::ExitRecord exit = subscription_->Job().exit();
  *message->mutable_usage() =
      tail_->standard_error() ? exit.standard_error() : exit.standard_output();
}

void ReadOutputCall::Release() {
  std::shared_ptr<JobSubscription> subscription;  // Ends after the lock: it asks the manager.
  {
    MutexLock lock(&mutex_);
    subscription.swap(subscription_);
  }
}

}  // namespace proctor
