#ifndef PROCTOR_AGENT_TOKEN_POSIX_LOGIN_ENVIRONMENT_H_
#define PROCTOR_AGENT_TOKEN_POSIX_LOGIN_ENVIRONMENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "agent/token/posix/account_database.h"
#include "agent/token/posix/system_environment.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// What every login environment starts from.
struct LoginDefaults {
  std::string path;
  bool path_is_configured = false;  // `path` stands above that of `system`.
  // What the machine gives every login, and on top of it what the configuration does. Null:
  // nothing.
  std::shared_ptr<const VariableMap> system;
  const VariableMap* configured = nullptr;
};

// The environment block of a job: for Environment.LOGIN what login(1) sets up for `account` (HOME,
// USER, LOGNAME, SHELL, XDG_RUNTIME_DIR when there is one) above `defaults`, and PROCTOR_JOB_ID,
// less `unset`, with `variables` on top; for EXACT the variables alone. "NAME=value", sorted by
// name. Nothing comes from the agent's own environment.
std::vector<std::string> BuildEnvironment(const Account& account, const LoginDefaults& defaults,
                                          const v1::LaunchSpec& spec, absl::string_view job_id);

// Whether `program` is a name to look for in PATH: it has no slash.
bool IsSoughtInPath(absl::string_view program);

// Paths to try for `program`: itself when it is not sought in PATH, otherwise one for each
// directory of PATH in `environment` (execvp(3)'s default path when there is none; an empty element
// is the working directory).
std::vector<std::string> ExecutableCandidates(absl::string_view program,
                                              const std::vector<std::string>& environment);

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_POSIX_LOGIN_ENVIRONMENT_H_
