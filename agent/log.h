#ifndef PROCTOR_AGENT_LOG_H_
#define PROCTOR_AGENT_LOG_H_

#include "absl/status/status.h"
#include "agent/job/job_audit.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// The log of the agent (common/log_setup.h), as its configuration wants it, with the lines of the
// libraries in it.

// Opens the log and starts its thread. The system's error for a file that cannot be opened.
absl::Status OpenAgentLog(const config::LogConfig& config);
// Opens the file again by its name, so that a rotated one is let go of, and goes by what the
// configuration says now. Safe while others log.
absl::Status ReopenAgentLog(const config::LogConfig& config);

// The audit line of a launch or an exit: job, caller, pid, reason, duration. Never arguments' or
// environment's values.
void AuditJob(const JobAudit& job);

}  // namespace proctor

#endif  // PROCTOR_AGENT_LOG_H_
