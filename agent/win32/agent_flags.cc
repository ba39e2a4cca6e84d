#include "agent/win32/agent_flags.h"

#include <utility>

#include "agent/config_file.h"
#include "agent/win32/data_directory.h"
#include "common/win32/token_identity.h"

namespace proctor {

absl::StatusOr<config::AgentConfig> LoadConfig(const AgentFlags& flags) {
  config::AgentConfig config;
  if (!flags.config.empty()) {
    absl::StatusOr<config::AgentConfig> file = ReadConfigFile(flags.config);
    if (!file.ok()) return file.status();
    config = *std::move(file);
  }
  if (!flags.pipe.empty()) config.set_pipe(flags.pipe);
  if (!flags.state_dir.empty()) config.set_state_directory(flags.state_dir);
  if (!config.has_state_directory()) {
    config.set_state_directory(DataDirectory::StatePath(RunsAsAdministrator()));
  }
  if (!flags.log_level.empty()) config.mutable_log()->set_level(flags.log_level);
  if (!flags.log_file.empty()) config.mutable_log()->set_file(flags.log_file);
  if (absl::Status valid = ValidateConfig(config); !valid.ok()) return valid;
  return config;
}

std::string DefaultConfigPath() { return DataDirectory::DefaultPath() + "\\proctord.textproto"; }

}  // namespace proctor
