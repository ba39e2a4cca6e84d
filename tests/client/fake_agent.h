#ifndef PROCTOR_TESTS_CLIENT_FAKE_AGENT_H_
#define PROCTOR_TESTS_CLIENT_FAKE_AGENT_H_

#include <grpcpp/server.h>

#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "proctor/v1/agent.grpc.pb.h"
#include "proctor/v1/authentication.grpc.pb.h"

namespace proctor {

// The agent's services on a Unix socket, each method answered by a function that the test sets; a
// method without one answers UNIMPLEMENTED. Set them before Start(). The functions are called on
// gRPC's threads, several at a time.
class FakeAgent final : public v1::Agent::Service, public v1::Authentication::Service {
 public:
  template <typename Request, typename Response>
  using Unary = std::function<grpc::Status(const Request&, Response*)>;
  template <typename Request, typename Response>
  using Streaming = std::function<grpc::Status(grpc::ServerContext*, const Request&,
                                               grpc::ServerWriter<Response>*)>;

  FakeAgent();
  ~FakeAgent() override;

  void Start();
  // Cuts every connection.
  void Stop();

  // "unix:/…"; the same after a restart.
  std::string target() const { return "unix:" + path_; }
  const std::string& directory() const { return directory_; }

  Unary<v1::LaunchRequest, v1::LaunchResponse> on_launch;
  Unary<v1::WaitRequest, v1::WaitResponse> on_wait;
  Unary<v1::KillRequest, v1::KillResponse> on_kill;
  Unary<v1::GetJobRequest, v1::GetJobResponse> on_get_job;
  Unary<v1::ListJobsRequest, v1::ListJobsResponse> on_list_jobs;
  Unary<v1::SignalRequest, v1::SignalResponse> on_signal;
  Unary<v1::DeleteJobRequest, v1::DeleteJobResponse> on_delete_job;
  Unary<v1::UpdateJobRequest, v1::UpdateJobResponse> on_update_job;
  Unary<v1::DescribeAgentRequest, v1::DescribeAgentResponse> on_describe_agent;
  Unary<v1::WhoAmIRequest, v1::WhoAmIResponse> on_who_am_i;
  Streaming<v1::RunRequest, v1::RunResponse> on_run;
  Streaming<v1::WatchJobsRequest, v1::WatchJobsResponse> on_watch_jobs;
  Streaming<v1::ReadOutputRequest, v1::ReadOutputResponse> on_read_output;

  // A failure with details, as the agent sends it.
  static grpc::Status Failure(grpc::StatusCode code, const std::string& message,
                              const v1::FailureDetail& detail);

 private:
  grpc::Status Launch(grpc::ServerContext*, const v1::LaunchRequest* request,
                      v1::LaunchResponse* response) override;
  grpc::Status Wait(grpc::ServerContext*, const v1::WaitRequest* request,
                    v1::WaitResponse* response) override;
  grpc::Status Kill(grpc::ServerContext*, const v1::KillRequest* request,
                    v1::KillResponse* response) override;
  grpc::Status GetJob(grpc::ServerContext*, const v1::GetJobRequest* request,
                      v1::GetJobResponse* response) override;
  grpc::Status ListJobs(grpc::ServerContext*, const v1::ListJobsRequest* request,
                        v1::ListJobsResponse* response) override;
  grpc::Status Signal(grpc::ServerContext*, const v1::SignalRequest* request,
                      v1::SignalResponse* response) override;
  grpc::Status DeleteJob(grpc::ServerContext*, const v1::DeleteJobRequest* request,
                         v1::DeleteJobResponse* response) override;
  grpc::Status UpdateJob(grpc::ServerContext*, const v1::UpdateJobRequest* request,
                         v1::UpdateJobResponse* response) override;
  grpc::Status DescribeAgent(grpc::ServerContext*, const v1::DescribeAgentRequest* request,
                             v1::DescribeAgentResponse* response) override;
  grpc::Status WhoAmI(grpc::ServerContext*, const v1::WhoAmIRequest* request,
                      v1::WhoAmIResponse* response) override;
  grpc::Status Run(grpc::ServerContext* context, const v1::RunRequest* request,
                   grpc::ServerWriter<v1::RunResponse>* writer) override;
  grpc::Status WatchJobs(grpc::ServerContext* context, const v1::WatchJobsRequest* request,
                         grpc::ServerWriter<v1::WatchJobsResponse>* writer) override;
  grpc::Status ReadOutput(grpc::ServerContext* context, const v1::ReadOutputRequest* request,
                          grpc::ServerWriter<v1::ReadOutputResponse>* writer) override;

  std::string directory_;
  std::string path_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_CLIENT_FAKE_AGENT_H_
