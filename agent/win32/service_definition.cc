#include "agent/win32/service_definition.h"

#include <utility>

#include "common/command_line.h"

namespace proctor {

absl::StatusOr<ServiceDefinition> ServiceDefinition::Make(const std::string& program,
                                                          const std::string& config,
                                                          std::vector<std::string> privileges) {
  absl::StatusOr<std::string> line = BuildCommandLine({program, "run", "--config", config});
  if (!line.ok()) return line.status();
  // Filled in where it is returned: GCC 12 warns, wrongly, when a string of known length is moved.
  absl::StatusOr<ServiceDefinition> made(ServiceDefinition{});
  ServiceDefinition& definition = *made;
  definition.command_line = *std::move(line);
  definition.privileges = std::move(privileges);
  // Everybody's: without it a path is checked folder by folder.
  definition.privileges.push_back("SeChangeNotifyPrivilege");
  return made;
}

}  // namespace proctor
