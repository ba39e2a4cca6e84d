#include "agent/rpc/watch_call.h"

#include <memory>
#include <utility>

#include "agent/job/field_error.h"
#include "agent/rpc/error_details.h"
#include "agent/rpc/job_filter.h"

namespace proctor {

WatchCall::WatchCall(const AgentCore& core, const CallerToken& caller,
                     const v1::WatchJobsRequest& request)
    : core_(core),
      caller_(caller.principal()),
      caller_token_(caller.context()),
      filter_(request.filter()) {}

grpc::ServerWriteReactor<v1::WatchJobsResponse>* WatchCall::Start(
    const AgentCore& core, AdmittedCall admitted, const v1::WatchJobsRequest& request) {
  const CallerToken& caller = *admitted.caller;
  std::shared_ptr<WatchCall> call(new WatchCall(core, caller, request));
  call->Own(std::move(admitted.permit));
  absl::Status begun = core.gate->Admit("WatchJobs", &caller).status();
  if (begun.ok()) begun = call->Begin(request);
  if (begun.ok()) {
    core.jobs->AddWatcher(call);
    call->Pump();
  } else {
    AuditRefusal(caller, "WatchJobs", begun);
    call->FinishOnce(ToGrpcStatus(begun));
  }
  return call.get();
}

absl::Status WatchCall::Begin(const v1::WatchJobsRequest& request) {
  if (absl::Status named = ResolveOwner(*core_.names, &filter_); !named.ok()) return named;
  MutexLock lock(&mutex_);
  if (request.agent_life().empty()) {
    if (request.after_sequence() != 0) {
      return FieldError("agent_life", "must come with after_sequence");
    }
    position_ = core_.jobs->LastEvent();
  } else if (request.agent_life() != core_.jobs->agent_life()) {
    return absl::OutOfRangeError(
        "the agent has restarted since; list the jobs, then watch from now on");
  } else {
    position_ = request.after_sequence();
  }
  begun_ = true;
  return absl::OkStatus();
}

WatchCall::Step WatchCall::Next(v1::WatchJobsResponse* message, grpc::Status* status) {
  if (!begun_) return Step::kWait;
  if (!watching_sent_) {
    watching_sent_ = true;
    message->set_kind(v1::WatchJobsResponse::WATCHING);
    message->set_sequence(position_);
    message->set_agent_life(core_.jobs->agent_life());
    return Step::kWrite;
  }
  while (pending_.empty()) {
    if (core_.jobs->ending_calls()) {
      *status = AgentStopping();
      return Step::kFinish;
    }
    const uint64_t before = position_;
    auto events = core_.jobs->EventsAfter({*caller_, caller_token_}, filter_, &position_);
    if (!events.ok()) {
      *status = ToGrpcStatus(events.status());
      return Step::kFinish;
    }
    if (position_ == before) return Step::kWait;
    pending_.insert(pending_.end(), events->begin(), events->end());
  }
  *message = std::move(pending_.front());
  pending_.pop_front();
  return Step::kWrite;
}

void WatchCall::Release() { core_.jobs->RemoveWatcher(this); }

}  // namespace proctor
