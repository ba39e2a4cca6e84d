#ifndef PROCTOR_TESTS_AGENT_RPC_TLS_AGENT_H_
#define PROCTOR_TESTS_AGENT_RPC_TLS_AGENT_H_

#include <memory>
#include <string>
#include <vector>

#include "agent/caller/listener_certificate.h"
#include "agent/caller/server_certificate.h"
#include "agent/caller/session_table.h"
#include "agent/caller/ticket_book.h"
#include "agent/caller/ticket_mechanism.h"
#include "agent/job/job_manager.h"
#include "agent/job/journal.h"
#include "agent/job/spool_reader.h"
#include "agent/rpc/agent_core.h"
#include "agent/rpc/call_gate.h"
#include "agent/rpc/tls_server.h"
#include "tests/agent/fake_clock.h"
#include "tests/agent/job/fake_job_host.h"
#include "tests/agent/job/temporary_directory.h"
#include "tests/agent/token/identifying_pipeline.h"

namespace proctor {

// An agent with a TLS listener on loopback and nothing else real: no job ever runs.
class TlsAgent {
 public:
  struct Options {
    HandshakeBounds::Options bounds;
    TlsConnections::Options connections;
    absl::Duration session_life = absl::Hours(1);
    std::string address = "127.0.0.1:0";
    // Beside tickets; they outlive the agent.
    std::vector<Mechanism*> mechanisms;
    // The certificate is read from files, which ReplaceCertificate() replaces.
    bool certificate_in_files = false;
  };

  explicit TlsAgent(Options options);
  TlsAgent() : TlsAgent(Options()) {}
  ~TlsAgent();

  // As over a channel that has proved that the caller is `uid`.
  Ticket IssueTo(uint32_t uid);
  // Waits for the number of open sessions; false after ten seconds.
  bool AwaitSessions(size_t count);
  // As an administrator does it.
  void ReplaceCertificate();
  // Ends the listener, as when the agent stops.
  void Stop();
  // Makes another one, at "127.0.0.1:0" or at the endpoint() of before.
  void Start(const std::string& address);

  const std::string& endpoint() const { return endpoint_; }
  const ServerCertificate& certificate() const { return *certificate_; }
  ListenerCertificate& listener_certificate() { return listener_certificate_; }
  FakeClock& clock() { return clock_; }
  SessionTable& sessions() { return sessions_; }
  TicketBook& tickets() { return tickets_; }
  const AgentCore& core() const { return core_; }
  // The longest request that is taken from now on. Before any call.
  void BoundRequests(uint64_t bytes) { core_.limits.set_max_request_bytes(bytes); }

 private:
  ListenerCertificate MakeCertificate() const;

  const Options options_;
  TemporaryDirectory directory_;
  FakeClock clock_;  // Of tickets and sessions.
  SpoolReader spool_{directory_.path()};
  std::unique_ptr<Journal> journal_;
  std::unique_ptr<JobManager> jobs_;
  FakeJobHost host_;
  IdentifyingPipeline pipeline_{[](const AnonymousCaller&) -> absl::StatusOr<CallerToken> {
    return absl::FailedPreconditionError("nobody is identified in this test");
  }};
  std::unique_ptr<CallGate> gate_;
  AgentCore core_;
  ListenerCertificate listener_certificate_;
  const std::shared_ptr<const ServerCertificate> certificate_ = listener_certificate_.Current();
  SessionTable sessions_;
  TicketBook tickets_;
  TicketMechanism ticket_mechanism_{&tickets_};
  std::string endpoint_;
  std::unique_ptr<TlsServer> server_;
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_RPC_TLS_AGENT_H_
