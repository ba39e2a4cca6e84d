#include "agent/rpc/watch_call.h"

#include <memory>
#include <string>
#include <utility>

#include "agent/job/field_error.h"
#include "agent/rpc/error_details.h"
#include "agent/rpc/named_owner.h"

namespace proctor {
namespace {

// The event's bytes, which live as long as the buffer refers to them.
grpc::ByteBuffer BytesOf(EventRing::EventPtr event, const std::string& agent_life) {
  const std::string& bytes = event->Render(agent_life);
  const grpc::Slice slice(
      const_cast<char*>(bytes.data()), bytes.size(),
      [](void* held) { delete static_cast<EventRing::EventPtr*>(held); },
      new EventRing::EventPtr(std::move(event)));
  return grpc::ByteBuffer(&slice, 1);
}

}  // namespace

WatchCall::WatchCall(const AgentCore& core, const CallerToken& caller)
    : StreamCall(core.jobs->watch_thread(), *caller.principal()),
      core_(core),
      caller_(caller.principal()),
      caller_token_(caller.context()) {}

grpc::ServerWriteReactor<grpc::ByteBuffer>* WatchCall::Start(const AgentCore& core,
                                                             AdmittedCall admitted,
                                                             const v1::WatchJobsRequest& request) {
  const std::shared_ptr<const CallerToken> caller = std::move(admitted.caller);
  std::shared_ptr<WatchCall> call(new WatchCall(core, *caller));
  call->Own(std::move(admitted.permit));
  absl::Status admission = core.gate->Admit("WatchJobs", caller.get()).status();
  if (admission.ok()) admission = ValidateJobFilter(request.filter());
  if (!admission.ok()) {
    call->Refuse(*caller, admission);
    return call.get();
  }
  ResolveOwner(core, *caller, request.filter(),
               [call, caller, request](absl::StatusOr<v1::JobFilter> filter) {
                 absl::Status begun = filter.status();
                 if (begun.ok()) begun = call->Begin(JobFilter(*filter), request);
                 if (!begun.ok()) return call->Refuse(*caller, begun);
                 call->Pump();
               });
  return call.get();
}

void WatchCall::Refuse(const CallerToken& caller, const absl::Status& status) {
  AuditRefusal(caller, "WatchJobs", status);
  FinishOnce(ToGrpcStatus(status));
}

absl::Status WatchCall::Begin(JobFilter filter, const v1::WatchJobsRequest& request) {
  MutexLock lock(&mutex_);
  if (finished()) return absl::OkStatus();  // The caller has gone: nobody would remove the watcher.
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
  filter_.emplace(std::move(filter));
  core_.jobs->AddWatcher(std::static_pointer_cast<WatchCall>(shared_from_this()));
  return absl::OkStatus();
}

WatchCall::Step WatchCall::Next(grpc::ByteBuffer* message, grpc::Status* status) {
  if (!filter_.has_value()) return Step::kWait;
  if (!watching_sent_) {
    watching_sent_ = true;
    v1::WatchJobsResponse watching;
    watching.set_kind(v1::WatchJobsResponse::WATCHING);
    watching.set_sequence(position_);
    watching.set_agent_life(core_.jobs->agent_life());
    const grpc::Slice bytes(watching.SerializeAsString());
    *message = grpc::ByteBuffer(&bytes, 1);
    return Step::kWrite;
  }
  while (pending_.empty()) {
    if (core_.jobs->ending_calls()) {
      *status = AgentStopping();
      return Step::kFinish;
    }
    const uint64_t before = position_;
    auto events = core_.jobs->EventsAfter({*caller_, caller_token_}, *filter_, &position_);
    if (!events.ok()) {
      *status = ToGrpcStatus(events.status());
      return Step::kFinish;
    }
    if (position_ == before) return Step::kWait;
    pending_.insert(pending_.end(), events->begin(), events->end());
  }
  *message = BytesOf(std::move(pending_.front()), core_.jobs->agent_life());
  pending_.pop_front();
  return Step::kWrite;
}

void WatchCall::Release() { core_.jobs->RemoveWatcher(this); }

}  // namespace proctor
