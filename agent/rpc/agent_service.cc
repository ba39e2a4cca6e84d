#include "agent/rpc/agent_service.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/job/access_grants.h"
#include "agent/job/field_error.h"
#include "agent/job/job_update.h"
#include "agent/rpc/agent_description.h"
#include "agent/rpc/error_details.h"
#include "agent/rpc/kill_call.h"
#include "agent/rpc/launch_call.h"
#include "agent/rpc/read_output_call.h"
#include "agent/rpc/refused_stream.h"
#include "agent/rpc/run_call.h"
#include "agent/rpc/wait_call.h"
#include "agent/rpc/watch_call.h"

namespace proctor {
namespace {

constexpr int kMaxSignal = 64;

}  // namespace

AgentService::Caller AgentService::CallerOf(const grpc::CallbackServerContext& context,
                                            const char* method) const {
  Caller caller = callers_.CallerOf(context);
  if (!caller.ok()) AuditStranger(context.peer(), method, caller.status());
  return caller;
}

AgentService::Caller AgentService::Identify(const grpc::CallbackServerContext& context,
                                            const char* method) const {
  Caller caller = CallerOf(context, method);
  if (!caller.ok()) return caller;
  const absl::Status admitted = core_.gate->Admit(method, caller->get()).status();
  if (admitted.ok()) return caller;
  AuditRefusal(**caller, method, admitted);
  return admitted;
}

grpc::ServerUnaryReactor* AgentService::Finish(grpc::CallbackServerContext* context,
                                               const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

grpc::ServerUnaryReactor* AgentService::Answer(grpc::CallbackServerContext* context,
                                               const CallerToken& caller, const char* method,
                                               const absl::Status& status) {
  if (!status.ok()) AuditRefusal(caller, method, status);
  return Finish(context, status);
}

grpc::ServerUnaryReactor* AgentService::Launch(grpc::CallbackServerContext* context,
                                               const v1::LaunchRequest* request,
                                               v1::LaunchResponse* response) {
  Caller caller = Identify(*context, "Launch");
  if (!caller.ok()) return Finish(context, caller.status());
  return LaunchCall::Start(core_, *std::move(caller), *request, response);
}

grpc::ServerUnaryReactor* AgentService::Wait(grpc::CallbackServerContext* context,
                                             const v1::WaitRequest* request,
                                             v1::WaitResponse* response) {
  const Caller caller = CallerOf(*context, "Wait");
  if (!caller.ok()) return Finish(context, caller.status());
  return WaitCall::Start(core_, **caller, *request, response);
}

grpc::ServerUnaryReactor* AgentService::Kill(grpc::CallbackServerContext* context,
                                             const v1::KillRequest* request,
                                             v1::KillResponse* response) {
  const Caller caller = CallerOf(*context, "Kill");
  if (!caller.ok()) return Finish(context, caller.status());
  return KillCall::Start(core_, **caller, *request, response);
}

grpc::ServerWriteReactor<v1::RunResponse>* AgentService::Run(grpc::CallbackServerContext* context,
                                                             const v1::RunRequest* request) {
  Caller caller = CallerOf(*context, "Run");
  if (!caller.ok()) return new RefusedStream<v1::RunResponse>(ToGrpcStatus(caller.status()));
  return RunCall::Start(core_, *std::move(caller), *request);
}

grpc::ServerUnaryReactor* AgentService::GetJob(grpc::CallbackServerContext* context,
                                               const v1::GetJobRequest* request,
                                               v1::GetJobResponse* response) {
  const Caller caller = Identify(*context, "GetJob");
  if (!caller.ok()) return Finish(context, caller.status());
  absl::StatusOr<v1::Job> job = core_.jobs->GetJob(**caller, request->job_id());
  if (job.ok()) *response->mutable_job() = *std::move(job);
  return Answer(context, **caller, "GetJob", job.status());
}

grpc::ServerUnaryReactor* AgentService::ListJobs(grpc::CallbackServerContext* context,
                                                 const v1::ListJobsRequest* request,
                                                 v1::ListJobsResponse* response) {
  const Caller caller = Identify(*context, "ListJobs");
  if (!caller.ok()) return Finish(context, caller.status());
  absl::StatusOr<v1::ListJobsResponse> list = core_.jobs->ListJobs(**caller, *request);
  if (list.ok()) *response = *std::move(list);
  return Answer(context, **caller, "ListJobs", list.status());
}

grpc::ServerWriteReactor<v1::WatchJobsResponse>* AgentService::WatchJobs(
    grpc::CallbackServerContext* context, const v1::WatchJobsRequest* request) {
  const Caller caller = CallerOf(*context, "WatchJobs");
  if (!caller.ok()) return new RefusedStream<v1::WatchJobsResponse>(ToGrpcStatus(caller.status()));
  return WatchCall::Start(core_, **caller, *request);
}

grpc::ServerWriteReactor<v1::ReadOutputResponse>* AgentService::ReadOutput(
    grpc::CallbackServerContext* context, const v1::ReadOutputRequest* request) {
  const Caller caller = CallerOf(*context, "ReadOutput");
  if (!caller.ok()) return new RefusedStream<v1::ReadOutputResponse>(ToGrpcStatus(caller.status()));
  return ReadOutputCall::Start(core_, **caller, *request);
}

grpc::ServerUnaryReactor* AgentService::Signal(grpc::CallbackServerContext* context,
                                               const v1::SignalRequest* request,
                                               v1::SignalResponse*) {
  Caller caller = Identify(*context, "Signal");
  if (!caller.ok()) return Finish(context, caller.status());
  absl::Status status;
  if (request->signal() < 1 || request->signal() > kMaxSignal) {
    status = FieldError("signal", absl::StrCat("must be 1 to ", kMaxSignal));
  }
  if (status.ok() && !v1::SignalRequest::Target_IsValid(request->target())) {
    status = FieldError("target", "is not a known target");
  }
  if (!status.ok()) return Answer(context, **caller, "Signal", status);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  core_.jobs->Signal(**caller, request->job_id(), request->signal(), request->target(),
                     [reactor, caller = *caller, id = request->job_id()](const absl::Status& sent) {
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
  const Caller caller = Identify(*context, "DeleteJob");
  if (!caller.ok()) return Finish(context, caller.status());
  const absl::Status status = core_.jobs->DeleteJob(**caller, request->job_id());
  if (status.ok()) AuditDemand(**caller, "DeleteJob", request->job_id());
  return Answer(context, **caller, "DeleteJob", status);
}

grpc::ServerUnaryReactor* AgentService::UpdateJob(grpc::CallbackServerContext* context,
                                                  const v1::UpdateJobRequest* request,
                                                  v1::UpdateJobResponse* response) {
  Caller caller = Identify(*context, "UpdateJob");
  if (!caller.ok()) return Finish(context, caller.status());
  absl::Status valid = ValidateJobUpdate(*request, core_.spec_limits);
  if (!valid.ok()) return Answer(context, **caller, "UpdateJob", valid);
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  const auto answer = [reactor, response, caller = *caller,
                       id = request->job_id()](absl::StatusOr<v1::Job> job) {
    if (job.ok()) {
      AuditDemand(*caller, "UpdateJob", id);
      *response->mutable_job() = *std::move(job);
    } else {
      AuditRefusal(*caller, "UpdateJob", job.status());
    }
    reactor->Finish(ToGrpcStatus(job.status()));
  };
  const auto update = std::make_shared<const v1::UpdateJobRequest>(*request);
  RunForCaller<v1::AccessList>(
      core_, **caller,
      [this, update] {
        return ResolveGrants("share_with.grants", update->share_with().grants(), *core_.names);
      },
      [this, update, answer, caller = *caller](absl::StatusOr<v1::AccessList> grants) {
        if (!grants.ok()) return answer(grants.status());
        core_.jobs->UpdateJob(*caller, {*update, *std::move(grants)}, answer);
      });
  return reactor;
}

grpc::ServerUnaryReactor* AgentService::DescribeAgent(grpc::CallbackServerContext* context,
                                                      const v1::DescribeAgentRequest*,
                                                      v1::DescribeAgentResponse* response) {
  const Caller caller = Identify(*context, "DescribeAgent");
  if (!caller.ok()) return Finish(context, caller.status());
  *response = DescribeAgentTo(core_, **caller);
  return Finish(context, absl::OkStatus());
}

}  // namespace proctor
