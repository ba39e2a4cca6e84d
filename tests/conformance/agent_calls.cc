#include "tests/conformance/agent_calls.h"

#include <fstream>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/e2e/must.h"

namespace proctor {
namespace {

// Below the time that CTest gives a test, so that it can still say what it waits for.
constexpr absl::Duration kCallPatience = absl::Seconds(100);

v1::ExitRecord Wait(AgentClient& client, const std::string& job_id, v1::WaitRequest::Until until,
                    std::source_location where) {
  v1::WaitRequest request;
  request.set_job_id(job_id);
  request.set_until(until);
  CallOptions options;
  options.deadline = kCallPatience;
  return Must(client.Wait(request, options), where).exit();
}

}  // namespace

absl::StatusOr<v1::LaunchResponse> TryLaunch(AgentClient& client, const v1::LaunchSpec& spec) {
  v1::LaunchRequest request;
  *request.mutable_spec() = spec;
  CallOptions options;
  options.deadline = kCallPatience;
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
  options.deadline = kCallPatience;
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
  options.deadline = kCallPatience;
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
