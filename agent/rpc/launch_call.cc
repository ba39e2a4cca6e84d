#include "agent/rpc/launch_call.h"

#include <utility>

#include "agent/rpc/error_details.h"

namespace proctor {

LaunchCall::LaunchCall(const AgentCore& core, AdmittedCall admitted, bool repeatable,
                       v1::LaunchResponse* response)
    : core_(core),
      caller_(std::move(admitted.caller)),
      repeatable_(repeatable),
      permit_(std::move(admitted.permit)),
      response_(response) {}

grpc::ServerUnaryReactor* LaunchCall::Start(const AgentCore& core, AdmittedCall admitted,
                                            const v1::LaunchRequest& request,
                                            v1::LaunchResponse* response) {
  std::shared_ptr<LaunchCall> call(
      new LaunchCall(core, std::move(admitted), !request.spec().request_id().empty(), response));
  call->self_ = call;
  call->Launch(request.spec());
  return call.get();
}

void LaunchCall::Launch(const v1::LaunchSpec& spec) {
  PrepareLaunch(core_, caller_, spec,
                [keep = shared_from_this()](absl::StatusOr<LaunchOrder> order) {
                  if (!order.ok()) return keep->Answer(order.status());
                  keep->Prepared(*std::move(order));
                });
}

void LaunchCall::Prepared(LaunchOrder order) {
  const std::string job_id = order.job_id;
  {
    MutexLock lock(&mutex_);
    if (finished_) return;  // The caller has gone: nothing is launched.
    job_id_ = job_id;
  }
  core_.jobs->Launch(std::move(order), LaunchKind::kLaunch, nullptr,
                     [keep = shared_from_this()](const absl::StatusOr<LaunchOutcome>& outcome) {
                       keep->Answer(outcome);
                     });
  bool lost;
  {
    MutexLock lock(&mutex_);
    lost = gone_ && !repeatable_;
  }
  // OnCancel may have come between, and found no job.
  if (lost) core_.jobs->AnswerLost(job_id);
}

void LaunchCall::Answer(const absl::StatusOr<LaunchOutcome>& outcome) {
  if (!outcome.ok()) AuditRefusal(*caller_, "Launch", outcome.status());
  {
    MutexLock lock(&mutex_);
    if (finished_) return;
    finished_ = true;
    if (outcome.ok()) {
      *response_ = *outcome->response;
      response_->set_existing(outcome->existing);
      // The message, and its serialized form.
      permit_.Charge(2 * response_->ByteSizeLong());
    }
  }
  Finish(ToGrpcStatus(outcome.status()));
}

void LaunchCall::OnCancel() {
  bool finish;
  std::string lost;
  {
    MutexLock lock(&mutex_);
    gone_ = true;
    permit_.Abandon();
    finish = !finished_;
    finished_ = true;
    if (!repeatable_) lost = job_id_;
  }
  if (!lost.empty()) core_.jobs->AnswerLost(lost);
  if (finish) Finish(grpc::Status::CANCELLED);
}

void LaunchCall::OnDone() { const std::shared_ptr<LaunchCall> last = std::move(self_); }

}  // namespace proctor
