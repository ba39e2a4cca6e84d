#ifndef PROCTOR_AGENT_TOKEN_WIN32_USER_PLACES_H_
#define PROCTOR_AGENT_TOKEN_WIN32_USER_PLACES_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "agent/token/launch_token.h"
#include "agent/token/stage_trace.h"
#include "agent/token/win32/token_calls.h"
#include "agent/token/win32/win32_token.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// Opens, as `user`, the working directory of `environment`, the program and the redirections of
// `spec`, and puts them into `environment`. `own_account`: the user's is the agent's. `login`: the
// variables of the user's own environment. Returns the path of a batch file, which cmd.exe runs as
// the program; empty without. A failure is in the trace.
absl::StatusOr<std::string> OpenPlaces(TokenCalls* calls, const Win32Token& user, bool own_account,
                                       const v1::LaunchSpec& spec,
                                       const std::vector<std::string>& login,
                                       LaunchEnvironment* environment, StageTrace* trace);

}  // namespace proctor

#endif  // PROCTOR_AGENT_TOKEN_WIN32_USER_PLACES_H_
