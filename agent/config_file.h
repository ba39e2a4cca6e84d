#ifndef PROCTOR_AGENT_CONFIG_FILE_H_
#define PROCTOR_AGENT_CONFIG_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// Reads a configuration in protobuf text format. Errors name the file, the line and the column, or
// the field whose value is out of range.
absl::StatusOr<config::AgentConfig> ReadConfigFile(const std::string& path);
absl::StatusOr<config::AgentConfig> ParseConfig(const std::string& text, const std::string& path);

// Checks what the format cannot: ranges, and fields that contradict each other.
absl::Status ValidateConfig(const config::AgentConfig& config);

}  // namespace proctor

#endif  // PROCTOR_AGENT_CONFIG_FILE_H_
