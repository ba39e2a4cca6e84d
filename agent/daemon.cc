#include "agent/daemon.h"

#include <grpcpp/health_check_service_interface.h>
#include <unistd.h>

#include <filesystem>
#include <system_error>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "agent/caller/linux/kerberos_principal_map.h"
#include "agent/caller/name_lookups.h"
#include "agent/config_file.h"
#include "agent/daemon_settings.h"
#include "agent/log.h"
#include "agent/rpc/callback_queue.h"
#include "agent/token/account_names.h"
#include "agent/token/account_sids.h"
#include "agent/token/policy.h"
#include "common/log.h"
#include "common/posix/socket_lock.h"
#include "common/proto_time.h"

namespace proctor {
namespace {

constexpr absl::Duration kHostTimeout = absl::Seconds(30);
// For launches that are under way when the agent is told to stop.
constexpr absl::Duration kDrainPatience = absl::Seconds(2);
// For a thread that waits for a directory.
constexpr absl::Duration kWorkerPatience = absl::Seconds(2);

std::string ProgramBeside(const std::string& name) {
  std::error_code error;
  const std::filesystem::path self = std::filesystem::read_symlink("/proc/self/exe", error);
  return error ? name : (self.parent_path() / name).string();
}

}  // namespace

Daemon::Daemon(config::AgentConfig config, StateDirectory state, uint64_t open_files)
    : config_(std::move(config)),
      open_files_(open_files),
      state_(std::move(state)),
      spool_(state_.spool_path()) {}

absl::StatusOr<std::unique_ptr<Daemon>> Daemon::Start(const config::AgentConfig& config,
                                                      CapabilitySet capabilities,
                                                      uint64_t open_files) {
  absl::StatusOr<StateDirectory> state = StateDirectory::Open(config.state_directory());
  if (!state.ok()) return state.status();
  // Before anything that an agent with another state directory, but the same sockets, would feel.
  if (absl::Status made = MakeSocketDirectory(config.socket()); !made.ok()) return made;
  absl::StatusOr<UniqueFd> socket_lock = LockSocketPath(config.socket());
  if (!socket_lock.ok()) return socket_lock.status();
  // A job host takes whoever comes last for its agent.
  absl::StatusOr<UniqueFd> job_host_lock = LockSocketUse(JobHostSocket(config));
  if (!job_host_lock.ok()) return job_host_lock.status();
  std::unique_ptr<Daemon> daemon(new Daemon(config, *std::move(state), open_files));
  daemon->socket_lock_ = *std::move(socket_lock);
  daemon->job_host_lock_ = *std::move(job_host_lock);
  if (absl::Status built = daemon->BuildPipeline(capabilities); !built.ok()) return built;
  if (absl::Status opened = daemon->OpenRecords(); !opened.ok()) return opened;
  daemon->DescribeCore();
  KeepCallbackQueue();
  absl::Status listening = daemon->ListenOnTls();
  if (listening.ok()) listening = daemon->Listen();
  if (listening.ok()) return daemon;
  // Callers over TLS may be there already.
  if (!daemon->Drain()) (void)daemon.release();
  return listening;
}

absl::Status Daemon::BuildPipeline(CapabilitySet capabilities) {
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
  accounts_ = std::make_unique<AccountDatabase>(
      Clock::Real(), [names = names_](uid_t uid) { return names->EntryOf(uid); });
  PosixTokenPipeline::Options options;
  options.path = config_.defaults().path();
  options.root_path = config_.defaults().root_path();
  options.path_is_configured = config_.defaults().has_path();
  options.environment = {config_.defaults().environment().begin(),
                         config_.defaults().environment().end()};
  if (config_.defaults().read_system_environment()) {
    system_environment_ = std::make_unique<SystemEnvironment>(
        std::vector<std::string>{"/etc/environment", "/etc/default/locale"}, Clock::Real());
  }
  options.system_environment = system_environment_.get();
  options.umask = config_.defaults().umask();
  options.own_uid = ::geteuid();
  options.policy = policy_.get();
  options.identity_of_account = [this](const std::string& name) {
    return names_->IdentityOfAccount(name);
  };
  options.identity_of_uid = [this](uid_t uid) { return names_->IdentityOfUid(uid); };
  CheckAccounts();
  options.account_check = account_check_.get();
  pipeline_ = std::make_unique<PosixTokenPipeline>(std::move(options), capabilities, Clock::Real(),
                                                   accounts_.get());
  return absl::OkStatus();
}

void Daemon::CheckAccounts() {
  const config::AccountCheckConfig& config = config_.account_check();
  if (!config.enabled()) return;
  PamAccountCheck::Options options;
  options.service = config.pam_service();
  options.good_for = absl::Seconds(config.cache_seconds());
  if (config.cache_seconds() == 0) options.stands_for = absl::ZeroDuration();
  // Nobody asks before the job host's link is there.
  account_check_ = std::make_unique<PamAccountCheck>(
      std::move(options), Clock::Real(),
      [this](jobhost::Logon question, const PamAccountCheck::Answer& answer) {
        host_->Logon(std::move(question), answer);
      });
}

absl::Status Daemon::OpenRecords() {
  absl::StatusOr<std::unique_ptr<Journal>> journal = Journal::Open(state_.journal_path());
  if (!journal.ok()) return journal.status();
  journal_ = *std::move(journal);
  absl::StatusOr<uint64_t> epoch = journal_->NextEpoch();
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

JobHostLink::Options Daemon::HostOptions(uint64_t epoch) const {
  const config::JobHostConfig& host = config_.job_host();
  JobHostLink::Options options;
  options.epoch = epoch;
  options.socket = JobHostSocket(config_);
  if (!host.spawn()) return options;
  HostProgram program;
  program.path = host.has_program() ? host.program() : ProgramBeside("proctor-jobhost");
  program.arguments = {"--socket=" + options.socket, "--spool-dir=" + state_.spool_path(),
                       "--containment=" + host.containment(), "--instance=" + state_.instance(),
                       // Not before an agent that is being restarted has had time to come back.
                       "--exit-when-idle=60",
                       absl::StrCat("--launch-deadline=", host.launch_deadline_seconds()),
                       absl::StrCat("--open-files=", config_.defaults().has_open_files()
                                                         ? config_.defaults().open_files()
                                                         : open_files_),
                       "--log-level=" + config_.log().level()};
  if (config_.limits().has_spool_reserve_bytes()) {
    program.arguments.push_back(
        absl::StrCat("--spool-reserve=", config_.limits().spool_reserve_bytes()));
  }
  if (host.has_cgroup_parent()) {
    program.arguments.push_back("--cgroup-parent=" + host.cgroup_parent());
  }
  options.program = std::move(program);
  return options;
}

absl::Status Daemon::ConnectJobHost(uint64_t epoch) {
  host_ = std::make_unique<JobHostLink>(
      HostOptions(epoch), jobs_.get(),
      [](const std::string& line) { LogRepeated(LogLevel::kWarning, "the job host", line, line); });
  jobs_->SetHost(host_.get());
  return host_->Start(kHostTimeout);
}

void Daemon::DescribeCore() {
  bounds_ = std::make_unique<UserBounds>(BoundsOf(config_.limits()), Clock::Real());
  workers_ = std::make_unique<UserWorkers>(UserWorkers::Options(), Clock::Real());
  core_.workers = workers_.get();
  core_.jobs = jobs_.get();
  core_.bounds = bounds_.get();
  core_.pipeline = pipeline_.get();
  core_.names = names_.get();
  core_.gate = gate_.get();
  core_.clock = Clock::Real();
  core_.policy = policy_.get();
  core_.limits = LimitsOf(config_, state_.spool_path());
  core_.spec_limits.max_stream_bytes = config_.limits().max_stream_bytes();
  core_.spec_limits.max_retention = absl::Seconds(config_.limits().max_retention_seconds());
  core_.started = Clock::Real()->Now();
  grpc::EnableDefaultHealthCheckService(true);
}

absl::Status Daemon::OfferNegotiate() {
  const config::NegotiateConfig& config = config_.negotiate();
  KerberosPrincipalMap::Options options;
  options.trusted_realms = {config.trusted_realm().begin(), config.trusted_realm().end()};
  options.allow_computer_accounts = config.allow_computer_accounts();
  absl::StatusOr<AccountSids> sids =
      AccountSids::Resolve(config, *AccountNames::System(), names_.get());
  if (!sids.ok()) return sids.status();
  options.account_sids = *std::move(sids);
  options.find_account = [this](const NegotiateFacts& facts,
                                const std::vector<std::string>& trusted_realms) {
    return names_->FindLocalAccount(facts, trusted_realms);
  };
  absl::StatusOr<std::unique_ptr<NegotiateOffer>> negotiate =
      NegotiateOffer::Make(config, std::make_unique<KerberosPrincipalMap>(std::move(options)),
                           {pipeline_.get(), lookups_.get(), account_check_.get()});
  if (!negotiate.ok()) return negotiate.status();
  negotiate_ = *std::move(negotiate);
  return absl::OkStatus();
}

absl::Status Daemon::ListenOnTls() {
  if (config_.tls_listen().empty()) return absl::OkStatus();
  AddTlsLimits(config_.limits(), &core_.limits);
  absl::StatusOr<std::unique_ptr<ListenerCertificate>> certificate = OpenListenerCertificate(
      config_.tls(), state_.path() + "/tls.crt", state_.path() + "/tls.key");
  if (!certificate.ok()) return certificate.status();
  certificate_ = *std::move(certificate);
  SessionTable::Options sessions;
  sessions.max_life = absl::Seconds(config_.session_max_life_seconds());
  sessions.policy = policy_.get();
  sessions_ = std::make_unique<SessionTable>(sessions, Clock::Real());
  core_.sessions = sessions_.get();
  lookups_ = std::make_unique<UserWorkers>(NameLookupOptions(), Clock::Real());
  if (absl::Status offered = OfferNegotiate(); !offered.ok()) return offered;
  std::vector<Mechanism*> mechanisms;
  if (negotiate_ != nullptr) {
    core_.service_principal = negotiate_->service_principal();
    mechanisms.push_back(negotiate_->mechanism());
  }
  if (config_.logon().enabled()) {
    logons_ = std::make_unique<PamLogons>(
        config_.logon(), host_.get(), pipeline_.get(), lookups_.get(),
        [this](const std::string& name) { return names_->IdentityOfAccount(name); });
    mechanisms.push_back(logons_->mechanism());
  }
  for (const Mechanism* mechanism : mechanisms) {
    core_.mechanisms.emplace_back(mechanism->name());
  }
  absl::StatusOr<std::unique_ptr<TlsServer>> server = TlsServer::Start(
      core_, certificate_.get(), sessions_.get(), std::move(mechanisms), TlsOptionsOf(config_));
  if (!server.ok()) return server.status();
  tls_server_ = *std::move(server);
  LogInfo("TLS on ", tls_server_->endpoint(), ", certificate SHA-256 ",
          absl::BytesToHexString(tls_server_->certificate_sha256()));
  return absl::OkStatus();
}

absl::Status Daemon::Listen() {
  IdentityServer::Options server_options;
  server_options.max_calls_per_connection = config_.limits().max_calls_per_connection();
  server_options.max_buffered_bytes = config_.limits().max_buffered_bytes_per_user();
  server_options.connection_idle = absl::Seconds(config_.limits().connection_idle_seconds());
  servers_ = std::make_unique<IdentityServers>(core_, server_options, IdentityServers::Bounds());
  UnixListener::Options options;
  options.path = config_.socket();
  options.mode = config_.socket_mode();
  options.bounds = bounds_.get();
  UnixListener::Handler handler;
  handler.on_connection = [this](UniqueFd connection, AnonymousCaller caller) {
    servers_->Accept(std::move(connection), std::move(caller));
  };
  handler.on_refused = [this](UniqueFd connection, const absl::Status& reason) {
    servers_->Refuse(std::move(connection), reason);
  };
  absl::StatusOr<std::unique_ptr<UnixListener>> listener =
      UnixListener::Start(std::move(options), std::move(handler));
  if (!listener.ok()) return listener.status();
  listener_ = *std::move(listener);
  return absl::OkStatus();
}

absl::Status Daemon::Reload(const config::AgentConfig& config) {
  absl::StatusOr<std::shared_ptr<const Policy>> policy =
      Policy::Compile(config, *AccountNames::System());
  if (!policy.ok()) return policy.status();
  policy_->Replace(*std::move(policy));
  jobs_->PolicyChanged();
  return absl::OkStatus();
}

absl::Status Daemon::RenewSockets() {
  if (absl::Status made = MakeSocketDirectory(config_.socket()); !made.ok()) return made;
  host_->RenewSocket();
  return listener_->Renew();
}

bool Daemon::Drain() {
  jobs_->Drain();
  if (servers_ != nullptr) servers_->SetServing(false);
  if (tls_server_ != nullptr) tls_server_->SetServing(false);
  listener_.reset();
  bool idle = workers_->Stop(kWorkerPatience);
  if (lookups_ != nullptr && !lookups_->Stop(kWorkerPatience)) idle = false;
  jobs_->EndCalls();
  if (tls_server_ != nullptr) tls_server_->Shutdown(kDrainPatience);
  if (servers_ != nullptr && !servers_->Shutdown(kDrainPatience)) idle = false;
  journal_->Flush();
  return idle;
}

// The job host's link first: after it nothing reports to the manager any more.
Daemon::~Daemon() {
  listener_.reset();
  servers_.reset();
  tls_server_.reset();
  logons_.reset();
  if (jobs_ != nullptr) journal_->Flush();
  if (jobs_ != nullptr) jobs_->SetHost(nullptr);
  host_.reset();
}

}  // namespace proctor
