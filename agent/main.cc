// proctord: the agent that callers talk to.

#include <signal.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/mutex.h"
#include "agent/config_file.h"
#include "agent/daemon.h"
#include "agent/linux/name_answers.h"
#include "agent/linux/name_helper.h"
#include "agent/linux/privileges.h"
#include "agent/linux/realm_report.h"
#include "agent/linux/start_watch.h"
#include "agent/log.h"
#include "common/linux/service_notify.h"
#include "common/log.h"
#include "common/log_setup.h"
#include "common/openssl_configuration.h"
#include "common/posix/open_files.h"
#include "common/posix/working_directory.h"
#include "common/realm_check.h"
#include "common/standard_descriptors.h"

PROCTOR_FILL_STANDARD_DESCRIPTORS(kEmpty)

namespace proctor {
namespace {

constexpr int kUsageError = 2;
constexpr char kUsualConfig[] = "/etc/proctor/proctord.textproto";

// What the command line says in place of the configuration file.
struct Flags {
  std::string config;
  std::string socket;
  std::string state_dir;
  std::string log_level;
  std::string log_file;
  bool check_config = false;
  bool check_realm = false;
  bool name_helper = false;
  std::string principal;
};

absl::StatusOr<config::AgentConfig> LoadConfig(const Flags& flags) {
  config::AgentConfig config;
  if (!flags.config.empty()) {
    absl::StatusOr<config::AgentConfig> file = ReadConfigFile(flags.config);
    if (!file.ok()) return file.status();
    config = *std::move(file);
  }
  if (!flags.socket.empty()) config.set_socket(flags.socket);
  if (!flags.state_dir.empty()) config.set_state_directory(flags.state_dir);
  if (!flags.log_level.empty()) config.mutable_log()->set_level(flags.log_level);
  if (!flags.log_file.empty()) config.mutable_log()->set_file(flags.log_file);
  if (absl::Status valid = ValidateConfig(config); !valid.ok()) return valid;
  return config;
}

// Tells what callers of a realm would be accepted with. 1 when something is wrong.
int CheckRealm(const Flags& flags, const config::AgentConfig& config) {
  const std::vector<RealmFinding> findings = ReportRealm(config, flags.principal);
  std::fputs(FindingsText(findings, "ok", "!!").c_str(), stdout);
  return std::all_of(findings.begin(), findings.end(),
                     [](const RealmFinding& finding) { return finding.good(); })
             ? 0
             : 1;
}

// Blocked before the first thread exists, so that every thread inherits it and sigwait gets them.
sigset_t BlockSignals() {
  sigset_t signals;
  ::sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) ::sigaddset(&signals, signal);
  ::pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  ::signal(SIGPIPE, SIG_IGN);
  // Where whoever started it ignores this one, the kernel would reap what the agent starts, and its
  // ids could be others' when they are signalled.
  ::signal(SIGCHLD, SIG_DFL);
  return signals;
}

// What SIGHUP asks for: the log opened again, the configuration read again, sockets whose files
// have gone made anew. A configuration that cannot be used changes nothing.
void Reload(const Flags& flags, Daemon* daemon, config::AgentConfig* config) {
  if (!flags.config.empty()) {
    absl::StatusOr<config::AgentConfig> fresh = LoadConfig(flags);
    const absl::Status reloaded = fresh.ok() ? daemon->Reload(*fresh) : fresh.status();
    if (reloaded.ok()) {
      *config = *std::move(fresh);
      LogInfo("the policy of ", flags.config,
              " is in force; what else changed there waits for a restart");
    } else {
      LogError("the configuration is not used, the earlier policy stands: ", reloaded.message());
    }
  }
  if (absl::Status renewed = daemon->RenewSockets(); !renewed.ok()) {
    LogError("the socket cannot be made anew: ", renewed.ToString());
  }
  if (absl::Status reopened = ReopenAgentLog(config->log()); !reopened.ok()) {
    LogError(reopened.ToString());
  }
}

int Serve(const Flags& flags, config::AgentConfig config) {
  // Debian's Abseil is built to look for lock cycles at each lock, also those that gRPC takes.
  absl::SetMutexDeadlockDetectionMode(absl::OnDeadlockCycle::kIgnore);
  const sigset_t signals = BlockSignals();
  // A connection is a descriptor.
  const absl::StatusOr<rlimit> open_files = RaiseOpenFiles();
  if (!open_files.ok()) {
    std::fprintf(stderr, "proctord: %s\n", std::string(open_files.status().message()).c_str());
    return 1;
  }
  const absl::StatusOr<CapabilitySet> capabilities = CapabilitySet::Effective();
  const absl::Status dropped = capabilities.ok() ? DropCapabilities() : capabilities.status();
  if (!dropped.ok()) {
    std::fprintf(stderr, "proctord: %s\n", std::string(dropped.message()).c_str());
    return 1;
  }
  if (absl::Status opened = OpenAgentLog(config.log()); !opened.ok()) {
    std::fprintf(stderr, "proctord: %s\n", std::string(opened.message()).c_str());
    return 1;
  }
  auto watch = std::make_unique<StartWatch>();
  absl::StatusOr<std::unique_ptr<Daemon>> daemon =
      Daemon::Start(config, *capabilities, open_files->rlim_cur);
  watch = nullptr;
  if (!daemon.ok()) {
    LogCritical("cannot start: ", daemon.status().ToString());
    EndLog();
    return 1;
  }
  LogInfo("proctord ", PROCTOR_VERSION, " serves ", config.socket());
  NotifyService("READY=1");
  while (true) {
    int signal = 0;
    ::sigwait(&signals, &signal);
    if (signal != SIGHUP) break;
    Reload(flags, daemon->get(), &config);
  }
  LogInfo("draining; jobs go on in the job host");
  NotifyService("STOPPING=1");
  if (!(*daemon)->Drain()) (void)daemon->release();
  daemon->reset();
  LogInfo("stopped");
  EndLog();
  return 0;
}

}  // namespace
}  // namespace proctor

int main(int argc, char** argv) {
  proctor::IgnoreOpensslConfiguration();
  proctor::Flags flags;
  CLI::App app("Runs jobs as the callers who ask for them.");
  app.set_version_flag("--version", PROCTOR_VERSION);
  app.add_option("--config", flags.config,
                 absl::StrCat("Configuration file, protobuf text format; default: ",
                              proctor::kUsualConfig, ", when there is one"));
  app.add_option("--socket", flags.socket, "Unix socket for callers");
  app.add_option("--state-dir", flags.state_dir, "Directory of journal and spool");
  app.add_option("--log-level", flags.log_level,
                 "trace, debug, info, warning, error, critical, off");
  app.add_option("--log-file", flags.log_file, "File to log to; default: standard error");
  app.add_flag("--check-config", flags.check_config, "Check the configuration and exit");
  auto* const check_realm =
      app.add_flag("--check-realm", flags.check_realm,
                   "Say whether callers of a realm are served, and what they would be accepted "
                   "with (krb5.conf, keytab, its keys), and exit: 1 when something is wrong");
  app.add_option("--principal", flags.principal,
                 "With --check-realm: which account this principal would be, alice@EXAMPLE.COM; "
                 "asks neither PAM nor for what a ticket's PAC would say")
      ->needs(check_realm);
  app.add_flag(proctor::kNameHelperOption, flags.name_helper)->group("");
  try {
    app.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : proctor::kUsageError;
  }
  if (flags.name_helper) return proctor::ServeNames();
  if (flags.config.empty() && ::access(proctor::kUsualConfig, F_OK) == 0) {
    flags.config = proctor::kUsualConfig;
  }
  if (const absl::Status left = proctor::LeaveWorkingDirectory(
          {&flags.config, &flags.socket, &flags.state_dir, &flags.log_file});
      !left.ok()) {
    std::fprintf(stderr, "proctord: %s\n", std::string(left.message()).c_str());
    return 1;
  }
  const absl::StatusOr<proctor::config::AgentConfig> config = proctor::LoadConfig(flags);
  if (!config.ok()) {
    std::fprintf(stderr, "proctord: %s\n", std::string(config.status().message()).c_str());
    return 1;
  }
  if (flags.check_realm) return proctor::CheckRealm(flags, *config);
  return flags.check_config ? 0 : proctor::Serve(flags, *config);
}
