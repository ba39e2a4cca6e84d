#ifndef PROCTOR_AGENT_WIN32_WINDOWS_AGENT_H_
#define PROCTOR_AGENT_WIN32_WINDOWS_AGENT_H_

#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/caller/listener_certificate.h"
#include "agent/caller/session_table.h"
#include "agent/caller/ticket_book.h"
#include "agent/caller/ticket_mechanism.h"
#include "agent/caller/user_bounds.h"
#include "agent/caller/win32/ticket_pipe.h"
#include "agent/job/job_manager.h"
#include "agent/job/journal.h"
#include "agent/job/spool_reader.h"
#include "agent/job/win32/win32_job_host_link.h"
#include "agent/negotiate_offer.h"
#include "agent/rpc/agent_core.h"
#include "agent/rpc/call_gate.h"
#include "agent/rpc/tls_server.h"
#include "agent/token/policy_source.h"
#include "agent/token/win32/win32_token_pipeline.h"
#include "agent/win32/state_directory.h"
#include "agent/win32/windows_logons.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// proctord.exe, wired together. Members stand in the order in which they are made; they go in
// reverse.
class WindowsAgent {
 public:
  // Recovers the journal, connects to the job host, listens on loopback TLS and on the pipe:
  // callers are served when this returns.
  static absl::StatusOr<std::unique_ptr<WindowsAgent>> Start(const config::AgentConfig& config,
                                                             StateDirectory state);
  // Of this process's own token.
  static absl::StatusOr<std::unique_ptr<Win32TokenPipeline>> NewPipeline(const RunAsPolicy* policy);
  // What holds of launches on Windows, whatever the configuration says.
  static void DescribeLaunches(AgentCore* core);
  // The pipe of the job host that belongs to the state directory.
  static std::string HostPipe(const StateDirectory& state);
  ~WindowsAgent();
  WindowsAgent(const WindowsAgent&) = delete;
  WindowsAgent& operator=(const WindowsAgent&) = delete;

  // Takes over what of `config`, which has been checked, can change while it serves; logs what
  // takes a restart. An error leaves everything as it was.
  absl::Status Reload(const config::AgentConfig& config);

  // Takes no new launches, ends the calls; the jobs go on in the job host. False when a thread
  // hangs in the system: it uses parts of the agent, which must then live as long as the process.
  bool Drain();

 private:
  WindowsAgent(config::AgentConfig config, StateDirectory state);

  absl::Status BuildPipeline();
  absl::Status OpenRecords();
  absl::Status ConnectJobHost(uint64_t epoch);
  void DescribeCore();
  absl::Status Listen();
  // What callers over TLS may authenticate with.
  absl::StatusOr<std::vector<Mechanism*>> Mechanisms();
  std::vector<std::string> HostArguments(const std::string& pipe) const;
  absl::StatusOr<v1::LocalTicket> IssueTicket(const AnonymousCaller& caller);

  const config::AgentConfig config_;
  StateDirectory state_;
  SpoolReader spool_;
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<PolicySource> policy_;
  std::shared_ptr<const Win32Token> own_;
  std::unique_ptr<Win32TokenPipeline> pipeline_;
  std::unique_ptr<CallGate> gate_;
  std::unique_ptr<JobManager> jobs_;
  std::unique_ptr<Win32JobHostLink> host_;
  std::unique_ptr<UserWorkers> workers_;
  std::unique_ptr<UserBounds> bounds_;
  AgentCore core_;
  std::unique_ptr<SessionTable> sessions_;
  std::unique_ptr<ListenerCertificate> certificate_;
  std::unique_ptr<TicketBook> tickets_;
  std::unique_ptr<TicketMechanism> ticket_mechanism_;
  std::unique_ptr<UserWorkers> lookups_;       // Of who a caller over TLS is.
  std::unique_ptr<NegotiateOffer> negotiate_;  // Null: no account of a realm, or not configured.
  std::unique_ptr<WindowsLogons> logons_;
  std::unique_ptr<TlsServer> tls_server_;
  std::unique_ptr<TicketPipe> pipe_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_WINDOWS_AGENT_H_
