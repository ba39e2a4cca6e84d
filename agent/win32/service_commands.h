#ifndef PROCTOR_AGENT_WIN32_SERVICE_COMMANDS_H_
#define PROCTOR_AGENT_WIN32_SERVICE_COMMANDS_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/win32/agent_flags.h"

namespace proctor {

// proctord's subcommands about the service. Each gives what it has done, in lines for people.

// The service, its directory, a configuration, its event source.
absl::StatusOr<std::string> InstallService(const AgentFlags& flags);
// All of it but configuration, state and logs.
absl::StatusOr<std::string> UninstallService();
// Checks the configuration first: what is wrong is then seen at once, and not in the event log.
absl::StatusOr<std::string> ReloadService(const AgentFlags& flags);

// "CreateServiceW proctord: ERROR_ACCESS_DENIED (5): Access is denied", and on a second line what
// to do about it, where that is known.
std::string ServiceErrorText(const absl::Status& status);

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_SERVICE_COMMANDS_H_
