#ifndef PROCTOR_AGENT_CONFIG_FILE_H_
#define PROCTOR_AGENT_CONFIG_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/token/account_names.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// Reads a configuration in protobuf text format and checks it, also that its policy can be compiled
// (Policy::Compile) with the accounts there are. Errors name the file, the line and the column, and
// the field whose value is wrong.
absl::StatusOr<config::AgentConfig> ReadConfigFile(const std::string& path);
absl::StatusOr<config::AgentConfig> ParseConfig(
    const std::string& text, const std::string& path,
    const AccountNames& names = *AccountNames::System());

// Checks what the format cannot: ranges, and fields that contradict each other. The error's
// FailureDetail.field is the field. Also the lengths of socket paths.
absl::Status ValidateConfig(const config::AgentConfig& config);

// POSIX: the socket of the job host, as configured or beside the callers' own.
std::string JobHostSocket(const config::AgentConfig& config);

}  // namespace proctor

#endif  // PROCTOR_AGENT_CONFIG_FILE_H_
