#ifndef PROCTOR_AGENT_JOB_JOB_AUDIT_H_
#define PROCTOR_AGENT_JOB_JOB_AUDIT_H_

#include <cstdint>
#include <memory>
#include <string>

#include "agent/token/principal.h"
#include "proctor/v1/job.pb.h"

namespace proctor {

// What the log says about a job that was launched, or that ended.
struct JobAudit {
  std::string job_id;
  std::shared_ptr<const Principal> owner;
  std::shared_ptr<const Principal> user;  // Whom it runs as.
  int64_t pid = 0;
  std::string program;                         // argv[0].
  std::shared_ptr<const v1::ExitRecord> exit;  // Null for a launch.
  bool recovered = false;                      // An earlier start of the agent launched it.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_JOB_AUDIT_H_
