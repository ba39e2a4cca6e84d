#ifndef PROCTOR_AGENT_DAEMON_SETTINGS_H_
#define PROCTOR_AGENT_DAEMON_SETTINGS_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/caller/listener_certificate.h"
#include "agent/caller/user_bounds.h"
#include "agent/job/job_manager.h"
#include "agent/rpc/tls_server.h"
#include "proctor/config/config.pb.h"
#include "proctor/v1/agent.pb.h"

namespace proctor {

// What the configuration says, in the form that the agent's parts take it.

// As DescribeAgent tells them.
v1::Limits LimitsOf(const config::AgentConfig& config, const std::string& spool_path);
// Those of a TLS listener.
void AddTlsLimits(const config::LimitsConfig& config, v1::Limits* limits);

TlsServer::Options TlsOptionsOf(const config::AgentConfig& config);

UserBounds::Options BoundsOf(const config::LimitsConfig& config);

JobManager::Options ManagerOptions(const config::AgentConfig& config, std::string digest_key);

// The certificate that the listener shows: from the files that the configuration names, or its own
// in these two, made at first start.
absl::StatusOr<std::unique_ptr<ListenerCertificate>> OpenListenerCertificate(
    const config::TlsConfig& config, const std::string& own_certificate,
    const std::string& own_key);

}  // namespace proctor

#endif  // PROCTOR_AGENT_DAEMON_SETTINGS_H_
