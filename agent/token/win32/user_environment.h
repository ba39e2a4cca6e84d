#ifndef PROCTOR_AGENT_TOKEN_WIN32_USER_ENVIRONMENT_H_
#define PROCTOR_AGENT_TOKEN_WIN32_USER_ENVIRONMENT_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// The environment block of a job: for Environment.LOGIN the user's own block (`login`, of
// CreateEnvironmentBlock) and PROCTOR_JOB_ID, less `unset`, with `variables` on top; for EXACT the
// variables alone, and SystemRoot, without which few programs start. Names are the same whatever
// their case. "NAME=value", sorted as Windows wants the block.
std::vector<std::string> BuildUserEnvironment(const std::vector<std::string>& login,
                                              const v1::Environment& request,
                                              absl::string_view job_id);

// The value of a variable in such a block; empty without.
absl::string_view VariableOf(const std::vector<std::string>& environment, absl::string_view name);

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_WIN32_USER_ENVIRONMENT_H_
