#include "agent/daemon_settings.h"

#include <utility>

#include "agent/caller/server_certificate.h"
#include "agent/job/job_id.h"
#include "common/canonical_host_name.h"
#include "common/clock.h"
#include "common/disk_space.h"

namespace proctor {

v1::Limits LimitsOf(const config::AgentConfig& config, const std::string& spool_path) {
  v1::Limits limits;
  const config::LimitsConfig& from = config.limits();
  limits.set_max_request_bytes(from.max_request_bytes());
  limits.set_max_connections_per_user(from.max_connections_per_user());
  limits.set_max_running_jobs_per_user(from.max_running_jobs_per_user());
  limits.set_max_records_per_user(from.max_records_per_user());
  limits.set_max_record_bytes_per_user(from.max_record_bytes_per_user());
  limits.set_max_spool_bytes_per_user(from.max_spool_bytes_per_user());
  limits.set_default_stream_bytes(config.defaults().stream_bytes());
  limits.set_max_stream_bytes(from.max_stream_bytes());
  limits.mutable_default_retention()->set_seconds(config.defaults().retention_seconds());
  limits.mutable_max_retention()->set_seconds(from.max_retention_seconds());
  limits.set_max_calls_per_user(from.max_calls_per_user());
  limits.set_max_calls_per_connection(from.max_calls_per_connection());
  limits.set_max_buffered_bytes_per_user(from.max_buffered_bytes_per_user());
  limits.set_max_new_connections_per_second_per_user(
      from.max_new_connections_per_second_per_user());
  limits.set_max_new_calls_per_second_per_user(from.max_new_calls_per_second_per_user());
  limits.set_max_fruitless_calls_per_second_per_user(
      from.max_fruitless_calls_per_second_per_user());
  if (from.has_spool_reserve_bytes()) {
    limits.set_spool_reserve_bytes(from.spool_reserve_bytes());
  } else if (const absl::StatusOr<DiskSpace> disk = DiskSpaceOf(spool_path); disk.ok()) {
    limits.set_spool_reserve_bytes(DefaultDiskReserve(disk->total));  // As the job host does.
  }
  return limits;
}

void AddTlsLimits(const config::LimitsConfig& config, v1::Limits* limits) {
  limits->set_max_tls_connections(config.max_tls_connections());
  limits->set_max_tls_connections_per_address(config.max_tls_connections_per_address());
  limits->set_max_unauthenticated_connections(config.max_unauthenticated_connections());
  limits->mutable_authentication_time()->set_seconds(config.authentication_seconds());
  limits->mutable_calls_outlive_session()->set_seconds(config.calls_outlive_session_seconds());
  limits->set_max_new_connections_per_second_per_address(
      config.max_new_connections_per_second_per_address());
  limits->set_max_unauthenticated_calls_per_second_per_address(
      config.max_unauthenticated_calls_per_second_per_address());
}

TlsServer::Options TlsOptionsOf(const config::AgentConfig& config) {
  const config::LimitsConfig& limits = config.limits();
  TlsServer::Options options;
  options.address = config.tls_listen();
  options.connection_idle = absl::Seconds(limits.connection_idle_seconds());
  options.max_calls_per_connection = limits.max_calls_per_connection();
  options.max_buffered_bytes_per_user = limits.max_buffered_bytes_per_user();
  TlsConnections::Options& connections = options.connections;
  connections.max_connections = limits.max_tls_connections();
  connections.max_per_address = limits.max_tls_connections_per_address();
  connections.max_strangers = limits.max_unauthenticated_connections();
  connections.authentication_time = absl::Seconds(limits.authentication_seconds());
  connections.calls_outlive_session = absl::Seconds(limits.calls_outlive_session_seconds());
  connections.new_connections_per_second = limits.max_new_connections_per_second_per_address();
  connections.stranger_calls_per_second = limits.max_unauthenticated_calls_per_second_per_address();
  return options;
}

UserBounds::Options BoundsOf(const config::LimitsConfig& config) {
  UserBounds::Options options;
  options.max_connections = config.max_connections_per_user();
  options.max_calls = config.max_calls_per_user();
  options.max_buffered_bytes = config.max_buffered_bytes_per_user();
  options.new_connections_per_second = config.max_new_connections_per_second_per_user();
  options.new_calls_per_second = config.max_new_calls_per_second_per_user();
  options.fruitless_calls_per_second = config.max_fruitless_calls_per_second_per_user();
  return options;
}

JobManager::Options ManagerOptions(const config::AgentConfig& config, std::string digest_key) {
  JobManager::Options options;
  options.limits.max_running_jobs = config.limits().max_running_jobs_per_user();
  options.limits.max_records = config.limits().max_records_per_user();
  options.limits.max_record_bytes = config.limits().max_record_bytes_per_user();
  options.limits.max_spool_bytes = config.limits().max_spool_bytes_per_user();
  options.defaults.stream_bytes = config.defaults().stream_bytes();
  options.defaults.retention = absl::Seconds(config.defaults().retention_seconds());
  options.defaults.grace_period = absl::Milliseconds(config.defaults().grace_period_milliseconds());
  options.event_ring_size = config.event_ring_size();
  options.agent_life = NewJobId();
  options.digest_key = std::move(digest_key);
  return options;
}

absl::StatusOr<std::unique_ptr<ListenerCertificate>> OpenListenerCertificate(
    const config::TlsConfig& config, const std::string& own_certificate,
    const std::string& own_key) {
  const bool own = config.certificate_file().empty();
  const std::string& certificate_path = own ? own_certificate : config.certificate_file();
  const std::string& key_path = own ? own_key : config.key_file();
  absl::StatusOr<ServerCertificate> certificate =
      own ? ServerCertificate::LoadOrMake(certificate_path, key_path, FullHostName(),
                                          Clock::Real()->Now())
          : ServerCertificate::Load(certificate_path, key_path);
  if (!certificate.ok()) return certificate.status();
  return std::make_unique<ListenerCertificate>(*std::move(certificate), certificate_path, key_path);
}

}  // namespace proctor
