#include "agent/rpc/agent_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/job/field_error.h"
#include "agent/rpc/agent_description.h"
#include "agent/rpc/error_details.h"
#include "agent/rpc/kill_call.h"
#include "agent/rpc/read_output_call.h"
#include "agent/rpc/run_call.h"
#include "agent/rpc/wait_call.h"
#include "agent/rpc/watch_call.h"

namespace proctor {
namespace {

constexpr int kMaxSignal = 64;

}  // namespace

AgentService::AgentService(const AgentCore& core, std::shared_ptr<const CallerToken> caller)
    : core_(core), caller_(std::move(caller)) {}

grpc::ServerUnaryReactor* AgentService::Answer(grpc::CallbackServerContext* context,
                                               const char* method, const absl::Status& status) {
  if (!status.ok()) AuditRefusal(*caller_, method, status);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

grpc::ServerUnaryReactor* AgentService::Launch(grpc::CallbackServerContext* context,
                                               const v1::LaunchRequest* request,
                                               v1::LaunchResponse* response) {
  if (absl::Status admitted = core_.gate->Admit("Launch", caller_.get()).status(); !admitted.ok()) {
    return Answer(context, "Launch", admitted);
  }
  absl::StatusOr<LaunchOrder> order = PrepareLaunch(core_, *caller_, request->spec());
  if (!order.ok()) return Answer(context, "Launch", order.status());
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  core_.jobs->Launch(*std::move(order), LaunchKind::kLaunch, nullptr,
                     [reactor, response, caller = caller_](absl::StatusOr<LaunchOutcome> outcome) {
                       if (outcome.ok()) {
                         *response = *outcome->response;
                         response->set_existing(outcome->existing);
                       } else {
                         AuditRefusal(*caller, "Launch", outcome.status());
                       }
                       reactor->Finish(ToGrpcStatus(outcome.status()));
                     });
  return reactor;
}

grpc::ServerUnaryReactor* AgentService::Wait(grpc::CallbackServerContext*,
                                             const v1::WaitRequest* request,
                                             v1::WaitResponse* response) {
  return WaitCall::Start(core_, *caller_, *request, response);
}

grpc::ServerUnaryReactor* AgentService::Kill(grpc::CallbackServerContext*,
                                             const v1::KillRequest* request,
                                             v1::KillResponse* response) {
  return KillCall::Start(core_, *caller_, *request, response);
}

grpc::ServerWriteReactor<v1::RunResponse>* AgentService::Run(grpc::CallbackServerContext*,
                                                             const v1::RunRequest* request) {
  return RunCall::Start(core_, caller_, *request);
}

grpc::ServerUnaryReactor* AgentService::GetJob(grpc::CallbackServerContext* context,
                                               const v1::GetJobRequest* request,
                                               v1::GetJobResponse* response) {
  absl::Status status = core_.gate->Admit("GetJob", caller_.get()).status();
  if (status.ok()) {
    absl::StatusOr<v1::Job> job = core_.jobs->GetJob(*caller_->principal(), request->job_id());
    status = job.status();
    if (status.ok()) *response->mutable_job() = *std::move(job);
  }
  return Answer(context, "GetJob", status);
}

grpc::ServerUnaryReactor* AgentService::ListJobs(grpc::CallbackServerContext* context,
                                                 const v1::ListJobsRequest* request,
                                                 v1::ListJobsResponse* response) {
  absl::Status status = core_.gate->Admit("ListJobs", caller_.get()).status();
  if (status.ok()) {
    absl::StatusOr<v1::ListJobsResponse> list =
        core_.jobs->ListJobs(*caller_->principal(), *request);
    status = list.status();
    if (status.ok()) *response = *std::move(list);
  }
  return Answer(context, "ListJobs", status);
}

grpc::ServerWriteReactor<v1::WatchJobsResponse>* AgentService::WatchJobs(
    grpc::CallbackServerContext*, const v1::WatchJobsRequest* request) {
  return WatchCall::Start(core_, *caller_, *request);
}

grpc::ServerWriteReactor<v1::ReadOutputResponse>* AgentService::ReadOutput(
    grpc::CallbackServerContext*, const v1::ReadOutputRequest* request) {
  return ReadOutputCall::Start(core_, *caller_, *request);
}

grpc::ServerUnaryReactor* AgentService::Signal(grpc::CallbackServerContext* context,
                                               const v1::SignalRequest* request,
                                               v1::SignalResponse*) {
  absl::Status status = core_.gate->Admit("Signal", caller_.get()).status();
  if (status.ok() && (request->signal() < 1 || request->signal() > kMaxSignal)) {
    status = FieldError("signal", absl::StrCat("must be 1 to ", kMaxSignal));
  }
  if (status.ok() && !v1::SignalRequest::Target_IsValid(request->target())) {
    status = FieldError("target", "is not a known target");
  }
  if (!status.ok()) return Answer(context, "Signal", status);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  core_.jobs->Signal(*caller_->principal(), request->job_id(), request->signal(), request->target(),
                     [reactor, caller = caller_, id = request->job_id()](const absl::Status& sent) {
                       if (sent.ok()) {
                         AuditDemand(*caller, "Signal", id);
                       } else {
                         AuditRefusal(*caller, "Signal", sent);
                       }
                       reactor->Finish(ToGrpcStatus(sent));
                     });
  return reactor;
}

grpc::ServerUnaryReactor* AgentService::DeleteJob(grpc::CallbackServerContext* context,
                                                  const v1::DeleteJobRequest* request,
                                                  v1::DeleteJobResponse*) {
  absl::Status status = core_.gate->Admit("DeleteJob", caller_.get()).status();
  if (status.ok()) status = core_.jobs->DeleteJob(*caller_->principal(), request->job_id());
  if (status.ok()) AuditDemand(*caller_, "DeleteJob", request->job_id());
  return Answer(context, "DeleteJob", status);
}

grpc::ServerUnaryReactor* AgentService::DescribeAgent(grpc::CallbackServerContext* context,
                                                      const v1::DescribeAgentRequest*,
                                                      v1::DescribeAgentResponse* response) {
  const absl::Status status = core_.gate->Admit("DescribeAgent", caller_.get()).status();
  if (status.ok()) *response = DescribeAgentTo(core_, *caller_);
  return Answer(context, "DescribeAgent", status);
}

}  // namespace proctor
