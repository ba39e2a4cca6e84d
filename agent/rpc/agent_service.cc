#include "agent/rpc/agent_service.h"

#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/job/access_grants.h"
#include "agent/job/field_error.h"
#include "agent/job/job_listing.h"
#include "agent/job/job_update.h"
#include "agent/rpc/agent_description.h"
#include "agent/rpc/counted_reactor.h"
#include "agent/rpc/error_details.h"
#include "agent/rpc/kill_call.h"
#include "agent/rpc/launch_call.h"
#include "agent/rpc/list_call.h"
#include "agent/rpc/read_output_call.h"
#include "agent/rpc/refused_stream.h"
#include "agent/rpc/run_call.h"
#include "agent/rpc/unreadable_request.h"
#include "agent/rpc/wait_call.h"
#include "agent/rpc/watch_call.h"

namespace proctor {
namespace {

constexpr int kMaxSignal = 64;

}  // namespace

absl::StatusOr<AdmittedCall> AgentService::Count(
    const grpc::CallbackServerContext& context, const char* method,
    const google::protobuf::MessageLite& request) const {
  return AdmitCall(core_, callers_, context, method, request);
}

absl::StatusOr<AdmittedCall> AgentService::Admit(
    const grpc::CallbackServerContext& context, const char* method,
    const google::protobuf::MessageLite& request) const {
  absl::StatusOr<AdmittedCall> call = Count(context, method, request);
  if (!call.ok()) return call;
  const absl::Status admitted = core_.gate->Admit(method, call->caller.get()).status();
  if (admitted.ok()) return call;
  AuditRefusal(*call->caller, method, admitted);
  return admitted;
}

grpc::ServerUnaryReactor* AgentService::Refuse(grpc::CallbackServerContext* context,
                                               const absl::Status& status) {
  grpc::ServerUnaryReactor* reactor = context->DefaultReactor();
  reactor->Finish(ToGrpcStatus(status));
  return reactor;
}

grpc::ServerUnaryReactor* AgentService::Answer(AdmittedCall call, const char* method,
                                               const absl::Status& status,
                                               const google::protobuf::MessageLite& response) {
  if (!status.ok()) AuditRefusal(*call.caller, method, status);
  auto* reactor = new CountedReactor(std::move(call.permit));
  reactor->Answer(status, response);
  return reactor;
}

grpc::ServerUnaryReactor* AgentService::Launch(grpc::CallbackServerContext* context,
                                               const v1::LaunchRequest* request,
                                               v1::LaunchResponse* response) {
  absl::StatusOr<AdmittedCall> call = Admit(*context, "Launch", *request);
  if (!call.ok()) return Refuse(context, call.status());
  return LaunchCall::Start(core_, *std::move(call), *request, response);
}

grpc::ServerUnaryReactor* AgentService::Wait(grpc::CallbackServerContext* context,
                                             const v1::WaitRequest* request,
                                             v1::WaitResponse* response) {
  absl::StatusOr<AdmittedCall> call = Count(*context, "Wait", *request);
  if (!call.ok()) return Refuse(context, call.status());
  return WaitCall::Start(core_, *std::move(call), *request, response);
}

grpc::ServerUnaryReactor* AgentService::Kill(grpc::CallbackServerContext* context,
                                             const v1::KillRequest* request,
                                             v1::KillResponse* response) {
  absl::StatusOr<AdmittedCall> call = Count(*context, "Kill", *request);
  if (!call.ok()) return Refuse(context, call.status());
  return KillCall::Start(core_, *std::move(call), *request, response);
}

grpc::ServerWriteReactor<v1::RunResponse>* AgentService::Run(grpc::CallbackServerContext* context,
                                                             const v1::RunRequest* request) {
  absl::StatusOr<AdmittedCall> call = Count(*context, "Run", *request);
  if (!call.ok()) return new RefusedStream<v1::RunResponse>(ToGrpcStatus(call.status()));
  return RunCall::Start(core_, *std::move(call), *request);
}

grpc::ServerUnaryReactor* AgentService::GetJob(grpc::CallbackServerContext* context,
                                               const v1::GetJobRequest* request,
                                               v1::GetJobResponse* response) {
  absl::StatusOr<AdmittedCall> call = Admit(*context, "GetJob", *request);
  if (!call.ok()) return Refuse(context, call.status());
  if (!v1::JobView_IsValid(request->view())) {
    return Answer(*std::move(call), "GetJob", FieldError("view", "is not a known view"), *response);
  }
  absl::StatusOr<v1::Job> job = core_.jobs->GetJob(*call->caller, request->job_id());
  if (job.ok()) {
    if (request->view() == v1::BASIC) ReduceToBasicView(&*job);
    *response->mutable_job() = *std::move(job);
  }
  return Answer(*std::move(call), "GetJob", job.status(), *response);
}

grpc::ServerUnaryReactor* AgentService::ListJobs(grpc::CallbackServerContext* context,
                                                 const v1::ListJobsRequest* request,
                                                 v1::ListJobsResponse* response) {
  absl::StatusOr<AdmittedCall> call = Admit(*context, "ListJobs", *request);
  if (!call.ok()) return Refuse(context, call.status());
  return ListCall::Start(core_, *std::move(call), *request, response);
}

grpc::ServerWriteReactor<grpc::ByteBuffer>* AgentService::WatchJobs(
    grpc::CallbackServerContext* context, const grpc::ByteBuffer* request) {
  v1::WatchJobsRequest parsed;
  // Reading takes the buffer's content.
  grpc::ByteBuffer bytes(*request);
  if (!grpc::SerializationTraits<v1::WatchJobsRequest>::Deserialize(&bytes, &parsed).ok()) {
    return new RefusedStream<grpc::ByteBuffer>(
        UnreadableRequest(absl::StrCat("/", v1::Agent::service_full_name(), "/WatchJobs")));
  }
  absl::StatusOr<AdmittedCall> call = Count(*context, "WatchJobs", parsed);
  if (!call.ok()) return new RefusedStream<grpc::ByteBuffer>(ToGrpcStatus(call.status()));
  return WatchCall::Start(core_, *std::move(call), parsed);
}

grpc::ServerWriteReactor<v1::ReadOutputResponse>* AgentService::ReadOutput(
    grpc::CallbackServerContext* context, const v1::ReadOutputRequest* request) {
  absl::StatusOr<AdmittedCall> call = Count(*context, "ReadOutput", *request);
  if (!call.ok()) return new RefusedStream<v1::ReadOutputResponse>(ToGrpcStatus(call.status()));
  return ReadOutputCall::Start(core_, *std::move(call), *request);
}

grpc::ServerUnaryReactor* AgentService::Signal(grpc::CallbackServerContext* context,
                                               const v1::SignalRequest* request,
                                               v1::SignalResponse* response) {
  absl::StatusOr<AdmittedCall> call = Admit(*context, "Signal", *request);
  if (!call.ok()) return Refuse(context, call.status());
  absl::Status status;
  if (request->signal() < 1 || request->signal() > kMaxSignal) {
    status = FieldError("signal", absl::StrCat("must be 1 to ", kMaxSignal));
  }
  if (status.ok() && !v1::SignalRequest::Target_IsValid(request->target())) {
    status = FieldError("target", "is not a known target");
  }
  if (!status.ok()) return Answer(*std::move(call), "Signal", status, *response);
  auto* reactor = new CountedReactor(std::move(call->permit));
  core_.jobs->Signal(
      *call->caller, request->job_id(), request->signal(), request->target(),
      [reactor, response, caller = call->caller, id = request->job_id()](const absl::Status& sent) {
        if (sent.ok()) {
          AuditDemand(*caller, "Signal", id);
        } else {
          AuditRefusal(*caller, "Signal", sent);
        }
        reactor->Answer(sent, *response);
      });
  return reactor;
}

grpc::ServerUnaryReactor* AgentService::DeleteJob(grpc::CallbackServerContext* context,
                                                  const v1::DeleteJobRequest* request,
                                                  v1::DeleteJobResponse* response) {
  absl::StatusOr<AdmittedCall> call = Admit(*context, "DeleteJob", *request);
  if (!call.ok()) return Refuse(context, call.status());
  auto* reactor = new CountedReactor(std::move(call->permit));
  core_.jobs->DeleteJob(*call->caller, request->job_id(),
                        [reactor, response, caller = call->caller,
                         id = request->job_id()](const absl::Status& deleted) {
                          if (deleted.ok()) {
                            AuditDemand(*caller, "DeleteJob", id);
                          } else {
                            AuditRefusal(*caller, "DeleteJob", deleted);
                          }
                          reactor->Answer(deleted, *response);
                        });
  return reactor;
}

grpc::ServerUnaryReactor* AgentService::UpdateJob(grpc::CallbackServerContext* context,
                                                  const v1::UpdateJobRequest* request,
                                                  v1::UpdateJobResponse* response) {
  absl::StatusOr<AdmittedCall> call = Admit(*context, "UpdateJob", *request);
  if (!call.ok()) return Refuse(context, call.status());
  absl::Status valid = ValidateJobUpdate(*request, core_.spec_limits);
  if (!valid.ok()) return Answer(*std::move(call), "UpdateJob", valid, *response);
  auto* reactor = new CountedReactor(std::move(call->permit));
  const auto answer = [reactor, response, caller = call->caller,
                       id = request->job_id()](const absl::StatusOr<JobSnapshot>& job) {
    if (job.ok()) {
      AuditDemand(*caller, "UpdateJob", id);
      *response->mutable_job() = job->Whole();
    } else {
      AuditRefusal(*caller, "UpdateJob", job.status());
    }
    reactor->Answer(job.status(), *response);
  };
  const auto update = std::make_shared<const v1::UpdateJobRequest>(*request);
  RunForCaller<v1::AccessList>(
      core_, *call->caller,
      // The service may be gone before the work is done.
      [names = core_.names, update] {
        return ResolveGrants("share_with.grants", update->share_with().grants(), *names);
      },
      [jobs = core_.jobs, update, answer,
       caller = call->caller](absl::StatusOr<v1::AccessList> grants) {
        if (!grants.ok()) return answer(grants.status());
        jobs->UpdateJob(*caller, {*update, *std::move(grants)}, answer);
      });
  return reactor;
}

grpc::ServerUnaryReactor* AgentService::DescribeAgent(grpc::CallbackServerContext* context,
                                                      const v1::DescribeAgentRequest* request,
                                                      v1::DescribeAgentResponse* response) {
  absl::StatusOr<AdmittedCall> call = Admit(*context, "DescribeAgent", *request);
  if (!call.ok()) return Refuse(context, call.status());
  *response = DescribeAgentTo(core_, *call->caller);
  return Answer(*std::move(call), "DescribeAgent", absl::OkStatus(), *response);
}

}  // namespace proctor
