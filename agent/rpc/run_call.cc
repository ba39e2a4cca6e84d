#include "agent/rpc/run_call.h"

#include <algorithm>
#include <utility>

#include "agent/rpc/error_details.h"

namespace proctor {
namespace {

// Large enough that a message's own cost does not count, small enough for many readers at once.
constexpr size_t kChunk = 256 * 1024;

}  // namespace

RunCall::RunCall(const AgentCore& core, const Principal& caller, const v1::RunRequest& request)
    : StreamCall(core.jobs->output_thread(), caller),
      core_(core),
      offsets_{request.stdout_offset(), request.stderr_offset()},
      spooled_{IsSpooled(request.spec(), v1::STDOUT), IsSpooled(request.spec(), v1::STDERR)} {}

grpc::ServerWriteReactor<v1::RunResponse>* RunCall::Start(const AgentCore& core,
                                                          AdmittedCall admitted,
                                                          const v1::RunRequest& request) {
  std::shared_ptr<RunCall> call(new RunCall(core, *admitted.caller->principal(), request));
  call->Own(std::move(admitted.permit));
  call->Launch(admitted.caller, request.spec());
  return call.get();
}

void RunCall::Launch(const std::shared_ptr<const CallerToken>& caller, const v1::LaunchSpec& spec) {
  if (absl::Status admitted = core_.gate->Admit("Run", caller.get()).status(); !admitted.ok()) {
    return Refuse(*caller, admitted);
  }
  auto keep = std::static_pointer_cast<RunCall>(shared_from_this());
  PrepareLaunch(core_, caller, spec, [keep, caller](absl::StatusOr<LaunchOrder> order) {
    if (!order.ok()) return keep->Refuse(*caller, order.status());
    keep->Prepared(caller, *std::move(order));
  });
}

void RunCall::Prepared(const std::shared_ptr<const CallerToken>& caller, LaunchOrder order) {
  {
    MutexLock lock(&mutex_);
    if (finished()) return;  // Nobody waits for it any more: nothing is launched.
  }
  order.follow_output = true;
  auto keep = std::static_pointer_cast<RunCall>(shared_from_this());
  std::shared_ptr<JobSubscription> hold =
      core_.jobs->Launch(std::move(order), LaunchKind::kRun, keep,
                         [keep, caller](const absl::StatusOr<LaunchOutcome>& outcome) {
                           if (!outcome.ok()) return keep->Refuse(*caller, outcome.status());
                           keep->Launched(*outcome);
                         });
  {
    // The call may have ended meanwhile; then the hold ends here, after the lock.
    MutexLock lock(&mutex_);
    if (!finished()) subscription_.swap(hold);
  }
  Pump();
}

void RunCall::Refuse(const CallerToken& caller, const absl::Status& status) {
  AuditRefusal(caller, "Run", status);
  FinishOnce(ToGrpcStatus(status));
}

void RunCall::Launched(const LaunchOutcome& outcome) {
  {
    MutexLock lock(&mutex_);
    const std::string& id = outcome.response->job_id();
    for (const v1::OutputStream stream : {v1::STDOUT, v1::STDERR}) {
      const int index = stream == v1::STDOUT ? 0 : 1;
      tails_[index].emplace(core_.jobs->spool(), id, stream, spooled_[index], offsets_[index]);
    }
    launched_ = *outcome.response;
    launched_->set_existing(outcome.existing);
  }
  OnChange();  // This is a thread that serves everybody.
}

RunCall::Step RunCall::Next(v1::RunResponse* message, grpc::Status* status) {
  if (launched_.has_value()) {
    *message->mutable_launched() = *std::move(launched_);
    launched_.reset();
    return Step::kWrite;
  }
  if (subscription_ == nullptr || !tails_[0].has_value()) return Step::kWait;
  if (finish_sent_) {
    *status = grpc::Status::OK;
    return Step::kFinish;
  }
  JobView view;
  do {
    // The view first: output that is read empty after the job was final is complete.
    const absl::StatusOr<JobView> seen = subscription_->View();
    *status = ToGrpcStatus(seen.status());
    if (!seen.ok()) return Step::kFinish;
    view = *seen;
    if (NextOutput(message, status)) return Step::kWrite;
    if (!status->ok()) return Step::kFinish;
    if (view.main_exited && !main_exit_sent_) {
      main_exit_sent_ = true;
      *message->mutable_main_exited() = subscription_->Job().exit();
      return Step::kWrite;
    }
    if (view.agent_stopping && !view.final) {
      *status = AgentStopping();
      return Step::kFinish;
    }
    if (view.final) {
      finish_sent_ = true;
      *message->mutable_finished() = subscription_->Job().exit();
      *status = ToGrpcStatus(CheckKept(message->finished()));
      return status->ok() ? Step::kWrite : Step::kFinish;
    }
  } while (MoreAlready(view));
  return Step::kWait;
}

bool RunCall::NextOutput(v1::RunResponse* message, grpc::Status* status) {
  // Starting with the other stream each time: neither can starve the other.
  for (int tried = 0; tried < 2; ++tried) {
    next_stream_ ^= 1;
    absl::StatusOr<bool> read =
        tails_[next_stream_]->Read(Portion(kChunk), message->mutable_output());
    if (!read.ok()) {
      *status = ToGrpcStatus(read.status());
      return false;
    }
    if (*read) return true;
  }
  message->clear_output();
  return false;
}

absl::Status RunCall::CheckKept(const v1::ExitRecord& exit) {
  absl::Status whole = tails_[0]->CheckKept(exit.standard_output().bytes_kept());
  whole.Update(tails_[1]->CheckKept(exit.standard_error().bytes_kept()));
  return whole;
}

bool RunCall::MoreAlready(const JobView& view) {
  bool more = false;
  for (const absl::optional<OutputTail>& tail : tails_) {
    if (!tail->spooled()) continue;
    // What was kept by then and could not be read is lost. The job goes on: the end will tell.
    const uint64_t known = std::max(tail->offset(), view.kept[tail->standard_error() ? 1 : 0]);
    if (subscription_->Follow(tail->standard_error(), known)) more = true;
  }
  return more;
}

void RunCall::Release() {
  std::shared_ptr<JobSubscription> subscription;  // Ends after the lock: it asks the manager.
  {
    MutexLock lock(&mutex_);
    subscription.swap(subscription_);
  }
}

}  // namespace proctor
