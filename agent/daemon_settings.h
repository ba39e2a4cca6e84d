#ifndef PROCTOR_AGENT_DAEMON_SETTINGS_H_
#define PROCTOR_AGENT_DAEMON_SETTINGS_H_

#include <string>

#include "agent/job/job_manager.h"
#include "proctor/config/config.pb.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// What the configuration says, in the form that the agent's parts take it.

// As DescribeAgent tells them.
v1::Limits LimitsOf(const config::AgentConfig& config);

JobManager::Options ManagerOptions(const config::AgentConfig& config, std::string digest_key);

}  // namespace proctor

#endif  // PROCTOR_AGENT_DAEMON_SETTINGS_H_
