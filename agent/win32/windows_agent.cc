#include "agent/win32/windows_agent.h"

#include <grpcpp/health_check_service_interface.h>

#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "agent/caller/name_lookups.h"
#include "agent/caller/win32/token_principal_map.h"
#include "agent/daemon_settings.h"
#include "agent/log.h"
#include "agent/rpc/callback_queue.h"
#include "agent/token/account_names.h"
#include "agent/token/policy.h"
#include "common/command_line.h"
#include "common/log.h"
#include "common/platform.h"
#include "common/win32/last_error.h"
#include "common/win32/pipe_name.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr absl::Duration kHostTimeout = absl::Seconds(60);
// For launches that are under way when the agent is told to stop.
constexpr absl::Duration kDrainPatience = absl::Seconds(2);
// For a thread that waits for a domain controller or another machine.
constexpr absl::Duration kWorkerPatience = absl::Seconds(2);

std::string ProgramBeside(const std::string& name) {
  std::vector<wchar_t> path(32768);
  const DWORD length = ::GetModuleFileNameW(nullptr, path.data(), static_cast<DWORD>(path.size()));
  const std::string self = FromUtf16(std::wstring_view(path.data(), length));
  return absl::StrCat(self.substr(0, self.rfind('\\') + 1), name);
}

absl::StatusOr<std::shared_ptr<const Win32Token>> OwnToken() {
  UniqueHandle token;
  if (!::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY, token.receive())) {
    return LastErrorStatus("OpenProcessToken");
  }
  return Win32Token::Read(std::move(token));
}

}  // namespace

WindowsAgent::WindowsAgent(config::AgentConfig config, StateDirectory state)
    : config_(std::move(config)), state_(std::move(state)), spool_(state_.spool_path()) {}

absl::StatusOr<std::unique_ptr<WindowsAgent>> WindowsAgent::Start(const config::AgentConfig& config,
                                                                  StateDirectory state) {
  std::unique_ptr<WindowsAgent> agent(new WindowsAgent(config, std::move(state)));
  if (absl::Status built = agent->BuildPipeline(); !built.ok()) return built;
  if (absl::Status opened = agent->OpenRecords(); !opened.ok()) return opened;
  agent->DescribeCore();
  KeepCallbackQueue();
  const absl::Status listening = agent->Listen();
  if (listening.ok()) return agent;
  // Callers over TLS may be there already.
  if (!agent->Drain()) (void)agent.release();
  return listening;
}

absl::Status WindowsAgent::BuildPipeline() {
  const auto* pool = google::protobuf::DescriptorPool::generated_pool();
  absl::StatusOr<CallGate> gate =
      CallGate::Build({pool->FindServiceByName(v1::Agent::service_full_name()),
                       pool->FindServiceByName(v1::Authentication::service_full_name())});
  if (!gate.ok()) return gate.status();
  gate_ = std::make_unique<CallGate>(*std::move(gate));
  absl::StatusOr<std::shared_ptr<const Policy>> policy =
      Policy::Compile(config_, *AccountNames::System());
  if (!policy.ok()) return policy.status();
  policy_ = std::make_unique<PolicySource>(*std::move(policy));
  absl::StatusOr<std::unique_ptr<Win32TokenPipeline>> pipeline = NewPipeline(policy_.get());
  if (!pipeline.ok()) return pipeline.status();
  pipeline_ = *std::move(pipeline);
  for (const v1::Capability& capability : pipeline_->Capabilities()) {
    if (capability.held()) continue;
    LogWarning("the agent's account lacks ", capability.name(), ", needed to ",
               capability.purpose());
  }
  absl::StatusOr<std::shared_ptr<const Win32Token>> own = OwnToken();
  if (!own.ok()) return own.status();
  own_ = *std::move(own);
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<Win32TokenPipeline>> WindowsAgent::NewPipeline(
    const RunAsPolicy* policy) {
  absl::StatusOr<std::shared_ptr<const Win32Token>> own = OwnToken();
  if (!own.ok()) return own.status();
  return std::make_unique<Win32TokenPipeline>(TokenCalls::System(), Clock::Real(), *std::move(own),
                                              policy);
}

absl::Status WindowsAgent::OpenRecords() {
  absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(state_.journal_path());
  if (!journal.ok()) return journal.status();
  journal_ = *std::move(journal);
  const absl::StatusOr<uint64_t> epoch = journal_->NextEpoch();
  if (!epoch.ok()) return epoch.status();
  absl::StatusOr<std::string> digest_key = journal_->DigestKey();
  if (!digest_key.ok()) return digest_key.status();
  jobs_ = std::make_unique<JobManager>(ManagerOptions(config_, *std::move(digest_key)),
                                       JobAccess::Create(policy_.get()), Clock::Real(),
                                       journal_.get(), &spool_, AuditJob);
  const absl::StatusOr<uint64_t> recovered = jobs_->Recover();
  if (!recovered.ok()) return recovered.status();
  if (*recovered > 0) LogInfo("recovered ", *recovered, " records");
  return ConnectJobHost(*epoch);
}

absl::Status WindowsAgent::ConnectJobHost(uint64_t epoch) {
  const config::JobHostConfig& host = config_.job_host();
  Win32JobHostLink::Options options;
  options.epoch = epoch;
  options.pipe = HostPipe(state_);
  options.scratch_directory = state_.spool_path();
  if (host.spawn()) {
    HostProgram program;
    program.path = host.has_program() ? host.program() : ProgramBeside("proctor-jobhost.exe");
    program.arguments = HostArguments(options.pipe);
    options.program = std::move(program);
  }
  host_ = std::make_unique<Win32JobHostLink>(std::move(options), jobs_.get(),
                                             [](const std::string& line) { LogWarning(line); });
  jobs_->SetHost(host_.get());
  return host_->Start(kHostTimeout);
}

std::string WindowsAgent::HostPipe(const StateDirectory& state) {
  return ServedPipeName(absl::StrCat("proctor-jobhost-", state.instance()));
}

std::vector<std::string> WindowsAgent::HostArguments(const std::string& pipe) const {
  std::vector<std::string> arguments = {
      "--pipe=" + pipe, "--spool-dir=" + state_.spool_path(), "--exit-when-idle=60",
      absl::StrCat("--launch-deadline=", config_.job_host().launch_deadline_seconds()),
      "--log-level=" + config_.log().level()};
  if (config_.limits().has_spool_reserve_bytes()) {
    arguments.push_back(absl::StrCat("--spool-reserve=", config_.limits().spool_reserve_bytes()));
  }
  // Beside the agent's. Without one it has the agent's standard error.
  const std::string& log = config_.log().file();
  if (!log.empty()) {
    arguments.push_back(absl::StrCat("--log-file=", log.substr(0, log.find_last_of("\\/") + 1),
                                     "proctor-jobhost.log"));
  }
  return arguments;
}

void WindowsAgent::DescribeCore() {
  bounds_ = std::make_unique<UserBounds>(BoundsOf(config_.limits()), Clock::Real());
  core_.jobs = jobs_.get();
  core_.bounds = bounds_.get();
  core_.pipeline = pipeline_.get();
  workers_ = std::make_unique<UserWorkers>(UserWorkers::Options(), Clock::Real());
  core_.workers = workers_.get();
  core_.gate = gate_.get();
  core_.clock = Clock::Real();
  core_.policy = policy_.get();
  core_.limits = LimitsOf(config_, state_.spool_path());
  core_.spec_limits.max_stream_bytes = config_.limits().max_stream_bytes();
  core_.spec_limits.max_retention = absl::Seconds(config_.limits().max_retention_seconds());
  DescribeLaunches(&core_);
  core_.started = Clock::Real()->Now();
}

void WindowsAgent::DescribeLaunches(AgentCore* core) {
  core->every_launch_waits = true;  // Logon, profile, programs on shares.
  // One string for all arguments, and paths of the long form.
  core->spec_limits.max_argument_bytes = kMaxCommandLineUnits;
  core->spec_limits.max_path_bytes = kMaxCommandLineUnits;
  core->spec_limits.has_drives = true;
  core->spec_limits.takes_byte_strings = false;
}

absl::Status WindowsAgent::Listen() {
  grpc::EnableDefaultHealthCheckService(true);
  absl::StatusOr<std::unique_ptr<ListenerCertificate>> certificate = OpenListenerCertificate(
      config_.tls(), state_.path() + "\\tls.crt", state_.path() + "\\tls.key");
  if (!certificate.ok()) return certificate.status();
  certificate_ = *std::move(certificate);
  SessionTable::Options sessions;
  sessions.max_life = absl::Seconds(config_.session_max_life_seconds());
  sessions.policy = policy_.get();
  sessions_ = std::make_unique<SessionTable>(sessions, Clock::Real());
  core_.sessions = sessions_.get();
  tickets_ = std::make_unique<TicketBook>(TicketBook::Options(), Clock::Real());
  AddTlsLimits(config_.limits(), &core_.limits);
  TlsServer::Options options = TlsOptionsOf(config_);
  if (options.address.empty()) options.address = "127.0.0.1:0";
  absl::StatusOr<std::vector<Mechanism*>> mechanisms = Mechanisms();
  if (!mechanisms.ok()) return mechanisms.status();
  absl::StatusOr<std::unique_ptr<TlsServer>> server =
      TlsServer::Start(core_, certificate_.get(), sessions_.get(), *std::move(mechanisms), options);
  if (!server.ok()) return server.status();
  tls_server_ = *std::move(server);
  LogInfo("TLS on ", tls_server_->endpoint(), ", certificate SHA-256 ",
          absl::BytesToHexString(tls_server_->certificate_sha256()));
  absl::StatusOr<std::unique_ptr<TicketPipe>> pipe =
      TicketPipe::Start(ServedPipeName(config_.pipe()),
                        [this](const AnonymousCaller& caller) { return IssueTicket(caller); });
  if (!pipe.ok()) return pipe.status();
  pipe_ = *std::move(pipe);
  return absl::OkStatus();
}

absl::StatusOr<std::vector<Mechanism*>> WindowsAgent::Mechanisms() {
  ticket_mechanism_ = std::make_unique<TicketMechanism>(tickets_.get());
  std::vector<Mechanism*> mechanisms = {ticket_mechanism_.get()};
  // Whoever comes over the loopback alone has the pipe.
  if (!config_.tls_listen().empty()) {
    lookups_ = std::make_unique<UserWorkers>(NameLookupOptions(), Clock::Real());
    absl::StatusOr<std::unique_ptr<NegotiateOffer>> negotiate =
        NegotiateOffer::Make(config_.negotiate(), std::make_unique<TokenPrincipalMap>(),
                             {pipeline_.get(), lookups_.get(), nullptr});
    if (!negotiate.ok()) return negotiate.status();
    negotiate_ = *std::move(negotiate);
  }
  if (negotiate_ != nullptr) {
    core_.service_principal = negotiate_->service_principal();
    mechanisms.push_back(negotiate_->mechanism());
  }
  if (config_.logon().enabled()) {
    logons_ = std::make_unique<WindowsLogons>(config_.logon(), own_, pipeline_.get());
    mechanisms.push_back(logons_->mechanism());
  }
  for (const Mechanism* mechanism : mechanisms) {
    core_.mechanisms.emplace_back(mechanism->name());
  }
  return mechanisms;
}

absl::StatusOr<v1::LocalTicket> WindowsAgent::IssueTicket(const AnonymousCaller& caller) {
  absl::StatusOr<CallerToken> token = pipeline_->Identify(caller);
  if (!token.ok()) return token.status();
  absl::StatusOr<Ticket> ticket =
      tickets_->Issue(std::make_shared<const CallerToken>(*std::move(token)));
  if (!ticket.ok()) return ticket.status();
  v1::LocalTicket answer;
  answer.set_endpoint(tls_server_->endpoint());
  answer.set_certificate_sha256(tls_server_->certificate_sha256());
  answer.set_ticket_id(ticket->id);
  answer.set_secret(std::string(ticket->secret.view()));
  return answer;
}

absl::Status WindowsAgent::Reload(const config::AgentConfig& config) {
  const struct {
    const char* field;
    bool same;
  } fixed[] = {{"pipe", config.pipe() == config_.pipe()},
               {"state_directory", config.state_directory() == config_.state_directory()},
               {"tls_listen", config.tls_listen() == config_.tls_listen()}};
  for (const auto& one : fixed) {
    if (!one.same) LogWarning("configuration field ", one.field, ": a change takes a restart");
  }
  absl::StatusOr<std::shared_ptr<const Policy>> policy =
      Policy::Compile(config, *AccountNames::System());
  if (!policy.ok()) return policy.status();
  policy_->Replace(*std::move(policy));
  jobs_->PolicyChanged();
  return absl::OkStatus();
}

bool WindowsAgent::Drain() {
  jobs_->Drain();
  if (tls_server_ != nullptr) tls_server_->SetServing(false);
  pipe_.reset();
  bool idle = workers_->Stop(kWorkerPatience);
  if (lookups_ != nullptr && !lookups_->Stop(kWorkerPatience)) idle = false;
  jobs_->EndCalls();
  if (tls_server_ != nullptr) tls_server_->Shutdown(kDrainPatience);
  journal_->Flush();
  return idle;
}

// The job host's link before the manager: after it nothing reports to the manager any more.
WindowsAgent::~WindowsAgent() {
  pipe_.reset();
  tls_server_.reset();
  if (jobs_ != nullptr) journal_->Flush();
  if (jobs_ != nullptr) jobs_->SetHost(nullptr);
  host_.reset();
}

}  // namespace proctor
