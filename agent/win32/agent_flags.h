#ifndef PROCTOR_AGENT_WIN32_AGENT_FLAGS_H_
#define PROCTOR_AGENT_WIN32_AGENT_FLAGS_H_

#include <string>

#include "absl/status/statusor.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// What the command line says in place of the configuration file; what is empty, it does not say.
struct AgentFlags {
  std::string config;
  std::string pipe;
  std::string state_dir;
  std::string log_level;
  std::string log_file;
};

// The file, when there is one, with the flags over it, checked. Errors name the file and the line.
absl::StatusOr<config::AgentConfig> LoadConfig(const AgentFlags& flags);

// %ProgramData%\Proctor\proctord.textproto
std::string DefaultConfigPath();

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_AGENT_FLAGS_H_
