#include "tests/client/fake_agent.h"

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <chrono>
#include <cstdlib>
#include <filesystem>

#include "google/rpc/status.pb.h"

namespace proctor {
namespace {

grpc::Status Unset() { return grpc::Status(grpc::UNIMPLEMENTED, "not set by the test"); }

}  // namespace

FakeAgent::FakeAgent() {
  std::string name = (std::filesystem::temp_directory_path() / "proctor-fake-XXXXXX").string();
  if (::mkdtemp(name.data()) == nullptr) std::abort();
  directory_ = name;
  path_ = directory_ + "/agent.sock";
}

FakeAgent::~FakeAgent() {
  Stop();
  std::filesystem::remove_all(directory_);
}

void FakeAgent::Start() {
  grpc::ServerBuilder builder;
  builder.AddListeningPort(target(), grpc::InsecureServerCredentials());
  builder.RegisterService(static_cast<v1::Agent::Service*>(this));
  builder.RegisterService(static_cast<v1::Authentication::Service*>(this));
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) std::abort();
}

void FakeAgent::Stop() {
  if (server_ == nullptr) return;
  server_->Shutdown(std::chrono::system_clock::now());
  server_.reset();
}

grpc::Status FakeAgent::Failure(grpc::StatusCode code, const std::string& message,
                                const v1::FailureDetail& detail) {
  google::rpc::Status rich;
  rich.set_code(code);
  rich.set_message(message);
  rich.add_details()->PackFrom(detail);
  return grpc::Status(code, message, rich.SerializeAsString());
}

grpc::Status FakeAgent::Launch(grpc::ServerContext*, const v1::LaunchRequest* request,
                               v1::LaunchResponse* response) {
  return on_launch ? on_launch(*request, response) : Unset();
}

grpc::Status FakeAgent::Wait(grpc::ServerContext*, const v1::WaitRequest* request,
                             v1::WaitResponse* response) {
  return on_wait ? on_wait(*request, response) : Unset();
}

grpc::Status FakeAgent::Kill(grpc::ServerContext*, const v1::KillRequest* request,
                             v1::KillResponse* response) {
  return on_kill ? on_kill(*request, response) : Unset();
}

grpc::Status FakeAgent::GetJob(grpc::ServerContext*, const v1::GetJobRequest* request,
                               v1::GetJobResponse* response) {
  return on_get_job ? on_get_job(*request, response) : Unset();
}

grpc::Status FakeAgent::ListJobs(grpc::ServerContext*, const v1::ListJobsRequest* request,
                                 v1::ListJobsResponse* response) {
  return on_list_jobs ? on_list_jobs(*request, response) : Unset();
}

grpc::Status FakeAgent::Signal(grpc::ServerContext*, const v1::SignalRequest* request,
                               v1::SignalResponse* response) {
  return on_signal ? on_signal(*request, response) : Unset();
}

grpc::Status FakeAgent::DeleteJob(grpc::ServerContext*, const v1::DeleteJobRequest* request,
                                  v1::DeleteJobResponse* response) {
  return on_delete_job ? on_delete_job(*request, response) : Unset();
}

grpc::Status FakeAgent::UpdateJob(grpc::ServerContext*, const v1::UpdateJobRequest* request,
                                  v1::UpdateJobResponse* response) {
  return on_update_job ? on_update_job(*request, response) : Unset();
}

grpc::Status FakeAgent::DescribeAgent(grpc::ServerContext*, const v1::DescribeAgentRequest* request,
                                      v1::DescribeAgentResponse* response) {
  return on_describe_agent ? on_describe_agent(*request, response) : Unset();
}

grpc::Status FakeAgent::WhoAmI(grpc::ServerContext*, const v1::WhoAmIRequest* request,
                               v1::WhoAmIResponse* response) {
  return on_who_am_i ? on_who_am_i(*request, response) : Unset();
}

grpc::Status FakeAgent::Run(grpc::ServerContext* context, const v1::RunRequest* request,
                            grpc::ServerWriter<v1::RunResponse>* writer) {
  return on_run ? on_run(context, *request, writer) : Unset();
}

grpc::Status FakeAgent::WatchJobs(grpc::ServerContext* context, const v1::WatchJobsRequest* request,
                                  grpc::ServerWriter<v1::WatchJobsResponse>* writer) {
  return on_watch_jobs ? on_watch_jobs(context, *request, writer) : Unset();
}

grpc::Status FakeAgent::ReadOutput(grpc::ServerContext* context,
                                   const v1::ReadOutputRequest* request,
                                   grpc::ServerWriter<v1::ReadOutputResponse>* writer) {
  return on_read_output ? on_read_output(context, *request, writer) : Unset();
}

}  // namespace proctor
