#include "tests/e2e/agent_fixture.h"

#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/e2e/eventually.h"

namespace proctor {
namespace {

std::unique_ptr<AgentClient> Connect(const std::string& socket) {
  ClientOptions options;
  options.target = socket;
  options.connect_timeout = absl::Seconds(20);
  return Must(AgentClient::Connect(std::move(options)));
}

v1::ExitRecord Wait(AgentClient& client, const std::string& job_id, v1::WaitRequest::Until until,
                    std::source_location where) {
  v1::WaitRequest request;
  request.set_job_id(job_id);
  request.set_until(until);
  CallOptions options;
  options.deadline = absl::Seconds(60);
  return Must(client.Wait(request, options), where).exit();
}

}  // namespace

AgentTest::~AgentTest() {
  agent_.reset();  // Before the accounts of the processes it would end.
}

AgentProcess& AgentTest::StartAgent(AgentSetup setup) {
  agent_ = std::make_unique<AgentProcess>(directory_.path(), std::move(setup));
  agent_->Start();
  return *agent_;
}

const Account& AgentTest::user() {
  if (!IsRoot()) {
    if (!own_.has_value()) own_ = Account::Current();
    return *own_;
  }
  if (user_ == nullptr) user_ = std::make_unique<TestUser>();
  return user_->account();
}

const Account& AgentTest::other_user() {
  if (other_user_ == nullptr) other_user_ = std::make_unique<TestUser>();
  return other_user_->account();
}

std::unique_ptr<ForkedTask> AgentTest::Begin(const Account& account,
                                             const std::function<std::string(AgentClient&)>& body) {
  const std::string socket = agent_->socket();
  return std::make_unique<ForkedTask>(account, [socket, body] {
    const std::unique_ptr<AgentClient> client = Connect(socket);
    return body(*client);
  });
}

std::string AgentTest::As(const Account& account,
                          const std::function<std::string(AgentClient&)>& body) {
  return Begin(account, body)->Join();
}

void AgentTest::Do(const Account& account, const std::function<void(AgentClient&)>& body) {
  As(account, [&body](AgentClient& client) {
    body(client);
    return std::string();
  });
}

std::string AgentTest::AsUser(const std::function<std::string(AgentClient&)>& body) {
  return As(user(), body);
}

void AgentTest::DoAsUser(const std::function<void(AgentClient&)>& body) { Do(user(), body); }

std::string AgentTest::Shared(const std::string& name) {
  return directory_.File("shared") + "/" + name;
}

v1::LaunchSpec AgentTest::Spec(const std::string& program,
                               const std::vector<std::string>& arguments) {
  v1::LaunchSpec spec;
  spec.add_argv(directory_.Program(program));
  for (const std::string& argument : arguments) spec.add_argv(argument);
  return spec;
}

absl::StatusOr<v1::LaunchResponse> TryLaunch(AgentClient& client, const v1::LaunchSpec& spec) {
  v1::LaunchRequest request;
  *request.mutable_spec() = spec;
  CallOptions options;
  options.deadline = absl::Seconds(60);
  return client.Launch(request, options);
}

v1::LaunchResponse Launch(AgentClient& client, const v1::LaunchSpec& spec,
                          std::source_location where) {
  return Must(TryLaunch(client, spec), where);
}

v1::ExitRecord WaitMain(AgentClient& client, const std::string& job_id,
                        std::source_location where) {
  return Wait(client, job_id, v1::WaitRequest::MAIN_EXITED, where);
}

v1::ExitRecord WaitFinal(AgentClient& client, const std::string& job_id,
                         std::source_location where) {
  return Wait(client, job_id, v1::WaitRequest::FINAL, where);
}

v1::Job GetJob(AgentClient& client, const std::string& job_id, std::source_location where) {
  v1::GetJobRequest request;
  request.set_job_id(job_id);
  return Must(client.GetJob(request), where).job();
}

v1::KillResponse Kill(AgentClient& client, const std::string& job_id,
                      absl::optional<absl::Duration> grace, std::source_location where) {
  v1::KillRequest request;
  request.set_job_id(job_id);
  if (grace.has_value()) SetDuration(*grace, request.mutable_grace_period());
  CallOptions options;
  options.deadline = absl::Seconds(60);
  return Must(client.Kill(request, options), where);
}

std::string Output(AgentClient& client, const std::string& job_id, v1::OutputStream stream,
                   std::source_location where) {
  v1::ReadOutputRequest request;
  request.set_job_id(job_id);
  request.set_stream(stream);
  std::string output;
  Must(client
           .ReadOutput(request,
                       [&output](const v1::OutputChunk& chunk) {
                         output += chunk.data();
                         return true;
                       })
           .status(),
       where);
  return output;
}

void AwaitOutput(AgentClient& client, const std::string& job_id, const std::string& text,
                 std::source_location where) {
  v1::ReadOutputRequest request;
  request.set_job_id(job_id);
  request.set_stream(v1::STDOUT);
  request.set_follow(true);
  CallOptions options;
  options.deadline = absl::Seconds(60);
  std::string output;
  const absl::Status status = client
                                  .ReadOutput(
                                      request,
                                      [&](const v1::OutputChunk& chunk) {
                                        output += chunk.data();
                                        return !absl::StrContains(output, text);
                                      },
                                      options)
                                  .status();
  Require(absl::StrContains(output, text),
          absl::StrCat("\"", text, "\" was not printed: ", output, " ", status.ToString()), where);
}

void SetDuration(absl::Duration value, google::protobuf::Duration* out) {
  out->set_seconds(absl::IDivDuration(value, absl::Seconds(1), &value));
  out->set_nanos(static_cast<int32_t>(absl::ToInt64Nanoseconds(value)));
}

std::string ReadFile(const std::string& path) {
  std::ifstream file(path, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
}

std::vector<std::string> Lines(const std::string& text) {
  return absl::StrSplit(absl::StripSuffix(text, "\n"), '\n', absl::SkipEmpty());
}

}  // namespace proctor
