#ifndef PROCTOR_AGENT_DAEMON_H_
#define PROCTOR_AGENT_DAEMON_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/caller/listener_certificate.h"
#include "agent/caller/posix/unix_listener.h"
#include "agent/caller/session_table.h"
#include "agent/caller/user_bounds.h"
#include "agent/job/job_manager.h"
#include "agent/job/journal.h"
#include "agent/job/linux/job_host_link.h"
#include "agent/job/spool_reader.h"
#include "agent/linux/name_helpers.h"
#include "agent/linux/pam_account_check.h"
#include "agent/linux/pam_logons.h"
#include "agent/linux/state_directory.h"
#include "agent/negotiate_offer.h"
#include "agent/rpc/agent_core.h"
#include "agent/rpc/call_gate.h"
#include "agent/rpc/identity_servers.h"
#include "agent/rpc/tls_server.h"
#include "agent/token/policy_source.h"
#include "agent/token/posix/account_database.h"
#include "agent/token/posix/capability_set.h"
#include "agent/token/posix/posix_token_pipeline.h"
#include "agent/token/posix/system_environment.h"
#include "common/linux/heap_trimmer.h"
#include "common/user_workers.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// proctord, wired together. Members stand in the order in which they are made; they go in reverse.
class Daemon {
 public:
  // Recovers the journal, connects to the job host and opens the socket: callers are served when
  // this returns. Those over TLS may have come before what fails: then it drains. `capabilities`:
  // those that a job host of this agent has, which proctord itself may have given up by now.
  // `open_files`: the soft limit that the agent was started with, which a job host that it starts
  // gives to jobs.
  static absl::StatusOr<std::unique_ptr<Daemon>> Start(const config::AgentConfig& config,
                                                       CapabilitySet capabilities,
                                                       uint64_t open_files);
  ~Daemon();
  Daemon(const Daemon&) = delete;
  Daemon& operator=(const Daemon&) = delete;

  // Takes no new launches, says so to health checks, ends the calls; the jobs go on in the job
  // host. False: a thread waits for a directory still, and would use this; it must live until the
  // process ends.
  bool Drain();

  // Puts the policy of another, valid configuration in force; connections, sessions and jobs stay
  // as they are. Everything else of it waits for the next start. When it fails, the old policy
  // stands.
  absl::Status Reload(const config::AgentConfig& config);

  // Makes the sockets of callers and of the job host anew where their files were removed.
  absl::Status RenewSockets();

 private:
  Daemon(config::AgentConfig config, StateDirectory state, uint64_t open_files);

  absl::Status OpenRecords();
  absl::Status BuildPipeline(CapabilitySet capabilities);
  absl::Status ConnectJobHost(uint64_t epoch);
  void DescribeCore();
  absl::Status Listen();
  // Nothing to do when the configuration names no address.
  absl::Status ListenOnTls();
  void CheckAccounts();
  absl::Status OfferNegotiate();
  JobHostLink::Options HostOptions(uint64_t epoch) const;

  const config::AgentConfig config_;
  const uint64_t open_files_;
  StateDirectory state_;
  UniqueFd socket_lock_;
  UniqueFd job_host_lock_;
  SpoolReader spool_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<PolicySource> policy_;
  // Shared with a look-up that the account database's end does not wait for.
  const std::shared_ptr<const NameHelpers> names_ =
      std::make_shared<NameHelpers>(NameHelpers::Options());
  std::unique_ptr<AccountDatabase> accounts_;
  std::unique_ptr<SystemEnvironment> system_environment_;  // Null: not to be read.
  std::unique_ptr<PamAccountCheck> account_check_;         // Null: not configured.
  std::unique_ptr<PosixTokenPipeline> pipeline_;
  std::unique_ptr<CallGate> gate_;
  std::unique_ptr<JobManager> jobs_;
  std::unique_ptr<JobHostLink> host_;
  std::unique_ptr<UserBounds> bounds_;
  AgentCore core_;
  std::unique_ptr<UserWorkers> workers_;
  std::unique_ptr<SessionTable> sessions_;
  std::unique_ptr<ListenerCertificate> certificate_;
  std::unique_ptr<UserWorkers> lookups_;       // Of who a caller over TLS is.
  std::unique_ptr<NegotiateOffer> negotiate_;  // Null: no key, or not configured.
  std::unique_ptr<PamLogons> logons_;          // Null: not configured.
  std::unique_ptr<TlsServer> tls_server_;
  std::unique_ptr<IdentityServers> servers_;
  std::unique_ptr<UnixListener> listener_;
  HeapTrimmer heap_trimmer_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_DAEMON_H_
