#include "tests/agent/rpc/tls_agent.h"

#include <filesystem>
#include <thread>
#include <utility>

#include "agent/job/job_id.h"
#include "agent/rpc/callback_queue.h"
#include "proctor/v1/agent.pb.h"
#include "tests/agent/rpc/agent_gate.h"
#include "tests/agent/token/token_test_peer.h"

namespace proctor {
TlsAgent::TlsAgent(Options options)
    : options_(std::move(options)),
      journal_(*Journal::Open(directory_.path() + "/journal.db")),
      listener_certificate_(MakeCertificate()),
      sessions_({options_.session_life}, &clock_),
      tickets_({}, &clock_) {
  KeepCallbackQueue();
  JobManager::Options manager;
  manager.agent_life = NewJobId();
  manager.digest_key = *journal_->DigestKey();
  jobs_ = std::make_unique<JobManager>(manager, JobAccess::Create(nullptr), &clock_, journal_.get(),
                                       &spool_, [](const JobAudit&) {});
  jobs_->SetHost(&host_);
  gate_ = AgentGate();
  core_.jobs = jobs_.get();
  core_.pipeline = &pipeline_;
  core_.gate = gate_.get();
  core_.clock = &clock_;
  Start(options_.address);
}

ListenerCertificate TlsAgent::MakeCertificate() const {
  const std::string certificate = directory_.path() + "/tls.crt";
  const std::string key = directory_.path() + "/tls.key";
  if (!options_.certificate_in_files) {
    return ListenerCertificate(*ServerCertificate::Make("agent.test", absl::Now()));
  }
  return ListenerCertificate(
      *ServerCertificate::LoadOrMake(certificate, key, "agent.test", absl::Now()), certificate,
      key);
}

void TlsAgent::ReplaceCertificate() {
  for (const char* name : {"/tls.crt", "/tls.key"}) {
    std::filesystem::remove(directory_.path() + name);
  }
  (void)ServerCertificate::LoadOrMake(directory_.path() + "/tls.crt",
                                      directory_.path() + "/tls.key", "agent.test", absl::Now())
      .value();
}

TlsAgent::~TlsAgent() {
  Stop();
  jobs_->SetHost(nullptr);
}

void TlsAgent::Start(const std::string& address) {
  TlsServer::Options options;
  options.address = address;
  options.bounds = options_.bounds;
  options.connections = options_.connections;
  std::vector<Mechanism*> mechanisms = options_.mechanisms;
  mechanisms.push_back(&ticket_mechanism_);
  server_ = *TlsServer::Start(core_, &listener_certificate_, &sessions_, mechanisms, options);
  endpoint_ = server_->endpoint();
}

void TlsAgent::Stop() { server_.reset(); }

Ticket TlsAgent::IssueTo(uint32_t uid) {
  return *tickets_.Issue(std::make_shared<const CallerToken>(TokenTestPeer::Caller(uid)));
}

bool TlsAgent::AwaitSessions(size_t count) {
  const absl::Time deadline = absl::Now() + absl::Seconds(10);
  while (sessions_.size() != count) {
    if (absl::Now() > deadline) return false;
    std::this_thread::yield();
  }
  return true;
}

}  // namespace proctor
