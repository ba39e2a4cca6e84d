#ifndef PROCTOR_AGENT_WIN32_SERVICE_DEFINITION_H_
#define PROCTOR_AGENT_WIN32_SERVICE_DEFINITION_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"

namespace proctor {

// Of the service, and of its event source.
inline constexpr char kServiceName[] = "proctord";

// The agent as a service: automatic, delayed, under LocalSystem, in a process of its own. Strings
// are UTF-8.
struct ServiceDefinition {
  std::string display_name = "Proctor agent";
  std::string description =
      "Runs jobs as the callers who ask for them. Jobs are held by proctor-jobhost.exe and outlive "
      "a restart of this service.";
  // With quotes: a path with spaces must not be taken for another program.
  std::string command_line;
  // What is left in the token of the process, and of those it starts.
  std::vector<std::string> privileges;
  // Between a failure and the restart; the last one is for all further failures.
  std::vector<absl::Duration> restart_delays = {absl::Seconds(1), absl::Seconds(10),
                                                absl::Minutes(1)};
  // Without a failure, after which they start anew.
  absl::Duration failure_memory = absl::Hours(24);
  // For the drain when the machine shuts down.
  absl::Duration preshutdown_timeout = absl::Seconds(30);

  // For `program` (absolute) with `config` as its configuration file. `privileges` are those that
  // the token pipeline needs.
  static absl::StatusOr<ServiceDefinition> Make(const std::string& program,
                                                const std::string& config,
                                                std::vector<std::string> privileges);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_SERVICE_DEFINITION_H_
