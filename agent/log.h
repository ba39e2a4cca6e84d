#ifndef PROCTOR_AGENT_LOG_H_
#define PROCTOR_AGENT_LOG_H_

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "agent/job/job_audit.h"
#include "proctor/config/config.pb.h"

namespace spdlog::sinks {
class sink;
}

namespace proctor {

// The agent's log: spdlog's default logger, to a file or to standard error.
class Log {
 public:
  // INVALID_ARGUMENT for an unknown level, or the system's error for a file that cannot be opened.
  static absl::Status Open(const config::LogConfig& config);
  // Opens the file again by its name, so that a rotated one is let go of, and goes by the level
  // named now. Safe while others log.
  static absl::Status Reopen(const config::LogConfig& config);
  // One more place for the log to go, from now on. After Open.
  static void Add(std::shared_ptr<spdlog::sinks::sink> sink);
};

// The audit line of a launch or an exit: job, caller, pid, reason, duration. Never arguments' or
// environment's values.
void AuditJob(const JobAudit& job);

}  // namespace proctor

#endif  // PROCTOR_AGENT_LOG_H_
