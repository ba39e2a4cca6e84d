#ifndef PROCTOR_TESTS_CONFORMANCE_AGENT_CALLS_H_
#define PROCTOR_TESTS_CONFORMANCE_AGENT_CALLS_H_

#include <source_location>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/agent_client.h"

namespace proctor {

// Calls with the requests spelt shorter. They end the test or the body when the call fails.
v1::LaunchResponse Launch(AgentClient& client, const v1::LaunchSpec& spec,
                          std::source_location where = std::source_location::current());
v1::ExitRecord WaitMain(AgentClient& client, const std::string& job_id,
                        std::source_location where = std::source_location::current());
v1::ExitRecord WaitFinal(AgentClient& client, const std::string& job_id,
                         std::source_location where = std::source_location::current());
v1::Job GetJob(AgentClient& client, const std::string& job_id,
               std::source_location where = std::source_location::current());
v1::KillResponse Kill(AgentClient& client, const std::string& job_id,
                      absl::optional<absl::Duration> grace = absl::nullopt,
                      std::source_location where = std::source_location::current());
// All that is kept of one stream now.
std::string Output(AgentClient& client, const std::string& job_id,
                   v1::OutputStream stream = v1::STDOUT,
                   std::source_location where = std::source_location::current());
// Follows the job's standard output until it holds `text`.
void AwaitOutput(AgentClient& client, const std::string& job_id, const std::string& text,
                 std::source_location where = std::source_location::current());

absl::StatusOr<v1::LaunchResponse> TryLaunch(AgentClient& client, const v1::LaunchSpec& spec);
void SetDuration(absl::Duration value, google::protobuf::Duration* out);
std::string ReadFile(const std::string& path);
// The lines, without their ends.
std::vector<std::string> Lines(const std::string& text);

}  // namespace proctor

#endif  // PROCTOR_TESTS_CONFORMANCE_AGENT_CALLS_H_
