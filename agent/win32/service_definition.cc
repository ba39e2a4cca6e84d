#include "agent/win32/service_definition.h"

#include <utility>

#include "common/command_line.h"

namespace proctor {

absl::StatusOr<ServiceDefinition> ServiceDefinition::Make(const std::string& program,
                                                          const std::string& config,
                                                          std::vector<std::string> privileges) {
  absl::StatusOr<std::string> line = BuildCommandLine({program, "run", "--config", config});
  if (!line.ok()) return line.status();
  // Everybody's: without it a path is checked folder by folder.
  privileges.emplace_back("SeChangeNotifyPrivilege");
  absl::StatusOr<ServiceDefinition> definition{absl::in_place};
  definition->command_line = *std::move(line);
  definition->privileges = std::move(privileges);
  return definition;
}

}  // namespace proctor
