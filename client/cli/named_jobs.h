#ifndef PROCTOR_CLIENT_CLI_NAMED_JOBS_H_
#define PROCTOR_CLIENT_CLI_NAMED_JOBS_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "client/agent_client.h"
#include "client/cli/session.h"

namespace proctor::cli {

// The id of the job that a person means by `word`: a whole id, or its first characters, four or
// more, where among the jobs that the caller may see only one id begins so. INVALID_ARGUMENT names
// the ids when several do, NOT_FOUND when none does. What cannot be either comes back as it is, for
// the agent to judge.
absl::StatusOr<std::string> FindJobId(AgentClient& client, const std::string& word,
                                      const CallOptions& options = {});

// Calls `act` with the id of each job that the words mean. A failure is told, and the next job is
// gone on to. Returns the command's exit code.
int ForEachNamedJob(
    Session& session, const std::vector<std::string>& words,
    const std::function<absl::Status(AgentClient& client, const std::string& job_id)>& act);

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_NAMED_JOBS_H_
