#include "agent/rpc/kill_call.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/job/field_error.h"
#include "agent/rpc/error_details.h"
#include "common/proto_time.h"

namespace proctor {
namespace {

constexpr int kMaxSignal = 64;
constexpr absl::Duration kMaxGrace = absl::Hours(24 * 365);

absl::Status Validate(const v1::KillRequest& request) {
  if (request.signal() < 0 || request.signal() > kMaxSignal) {
    return FieldError("signal", absl::StrCat("must be 0 to ", kMaxSignal));
  }
  const absl::Duration grace = FromDurationProto(request.grace_period());
  if (grace < absl::ZeroDuration() || grace > kMaxGrace) {
    return FieldError("grace_period", "must be between zero and a year");
  }
  return absl::OkStatus();
}

}  // namespace

std::string UnconfirmedKillText(int64_t processes_left) {
  if (processes_left == 0) {
    return "the tree was killed and no process is left, but its output cannot be finished (a spool "
           "file system that does not answer?); the job host keeps trying";
  }
  return absl::StrCat(
      "the tree was killed but ", processes_left,
      processes_left == 1 ? " process has" : " processes have",
      " not ended yet (an uninterruptible system call?); the job host keeps trying");
}

grpc::ServerUnaryReactor* KillCall::Start(const AgentCore& core, AdmittedCall admitted,
                                          const v1::KillRequest& request,
                                          v1::KillResponse* response) {
  const CallerToken& caller = *admitted.caller;
  std::shared_ptr<KillCall> call(new KillCall(response));
  call->Own(std::move(admitted.permit));
  const absl::Status begun = call->Begin(core, caller, request);
  if (!begun.ok()) {
    AuditRefusal(caller, "Kill", begun);
    call->FinishOnce(ToGrpcStatus(begun));
  }
  return call.get();
}

absl::Status KillCall::Begin(const AgentCore& core, const CallerToken& caller,
                             const v1::KillRequest& request) {
  const absl::StatusOr<MethodNeeds> needs = core.gate->Admit("Kill", &caller);
  if (!needs.ok()) return needs.status();
  if (absl::Status valid = Validate(request); !valid.ok()) return valid;
  auto subscription = core.jobs->Subscribe(caller, request.job_id(), needs->job_right,
                                           std::static_pointer_cast<KillCall>(shared_from_this()),
                                           /*attach=*/false);
  if (!subscription.ok()) return subscription.status();
  const absl::StatusOr<JobView> view = (*subscription)->View();
  if (!view.ok()) return view.status();
  if (view->final) {
    response_->set_already_finished(true);
  } else {
    absl::optional<absl::Duration> grace;
    if (request.has_grace_period()) grace = FromDurationProto(request.grace_period());
    absl::Status killed = core.jobs->Kill(caller, request.job_id(), grace, request.signal());
    if (!killed.ok()) return killed;
    AuditDemand(caller, "Kill", request.job_id());
  }
  Watch(*std::move(subscription));
  return absl::OkStatus();
}

absl::optional<grpc::Status> KillCall::Check(const JobSubscription& job) {
  const absl::StatusOr<JobView> view = job.View();
  if (!view.ok()) return ToGrpcStatus(view.status());
  if (view->kill_unconfirmed.has_value() && !view->final) {
    return ToGrpcStatus(absl::DeadlineExceededError(UnconfirmedKillText(*view->kill_unconfirmed)));
  }
  if (!view->final && view->agent_stopping) return AgentStopping();
  if (!view->final) return absl::nullopt;
  *response_->mutable_exit() = job.Job().exit();
  return grpc::Status::OK;
}

}  // namespace proctor
