// proctord.exe: the agent that callers talk to, as a service or in a console.

#include <windows.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "agent/win32/agent_flags.h"
#include "agent/win32/agent_program.h"
#include "agent/win32/console_stop.h"
#include "agent/win32/event_log.h"
#include "agent/win32/service_commands.h"
#include "agent/win32/service_definition.h"
#include "agent/win32/service_dispatcher.h"
#include "common/openssl_configuration.h"
#include "common/standard_descriptors.h"
#include "common/win32/own_arguments.h"

PROCTOR_FILL_STANDARD_DESCRIPTORS(kEmpty)

namespace proctor {
namespace {

constexpr int kUsageError = 2;

int Failed(const absl::Status& status) {
  std::fprintf(stderr, "proctord: %s", ServiceErrorText(status).c_str());
  return 1;
}

int Told(const absl::StatusOr<std::string>& result) {
  if (!result.ok()) return Failed(result.status());
  std::fputs(result->c_str(), stdout);
  return 0;
}

int ServeUntilStopped(const AgentFlags& flags) {
  AgentProgram program(flags);
  if (absl::Status started = program.Start(); !started.ok()) return Failed(started);
  ConsoleStop::Await();
  program.Drain();
  return 0;
}

int ServeInConsole(const AgentFlags& flags) {
  ConsoleStop::Listen();
  const int code = ServeUntilStopped(flags);
  ConsoleStop::Drained();
  return code;
}

int ServeAsService(AgentFlags flags) {
  if (flags.config.empty()) flags.config = DefaultConfigPath();
  absl::StatusOr<std::unique_ptr<EventLog>> events = EventLog::Open(kServiceName);
  if (!events.ok()) return Failed(events.status());
  AgentProgram program(std::move(flags), *std::move(events));
  const absl::Status status = RunAsService(kServiceName, &program);
  return status.ok() ? 0 : Failed(status);
}

int CheckConfig(const AgentFlags& flags) {
  const absl::StatusOr<config::AgentConfig> config = LoadConfig(flags);
  return config.ok() ? 0 : Failed(config.status());
}

}  // namespace
}  // namespace proctor

int main() {
  proctor::IgnoreOpensslConfiguration();
  proctor::AgentFlags flags;
  bool check_config = false;
  CLI::App app("Runs jobs as the callers who ask for them. Without a subcommand: in this console.");
  app.set_version_flag("--version", PROCTOR_VERSION);
  app.add_option("--config", flags.config, "Configuration file, protobuf text format");
  app.add_option("--pipe", flags.pipe, "Name of the pipe for callers");
  app.add_option("--state-dir", flags.state_dir, "Directory of journal and spool");
  app.add_option("--log-level", flags.log_level,
                 "trace, debug, info, warning, error, critical, off");
  app.add_option("--log-file", flags.log_file, "File to log to; default: standard error");
  app.add_flag("--check-config", check_config, "Check the configuration and exit");
  app.require_subcommand(0, 1);
  app.fallthrough();
  const CLI::App* const install =
      app.add_subcommand("install", "Install the Windows service, or renew its settings");
  const CLI::App* const uninstall =
      app.add_subcommand("uninstall", "Stop and remove the Windows service");
  const CLI::App* const run = app.add_subcommand("run", "What the system starts as the service");
  const CLI::App* const reload =
      app.add_subcommand("reload", "Let the service read its configuration again");
  std::vector<std::string> words = proctor::OwnArguments();
  std::reverse(words.begin(), words.end());  // As CLI11 wants them.
  try {
    app.parse(std::move(words));
  } catch (const CLI::ParseError& error) {
    return app.exit(error) == 0 ? 0 : proctor::kUsageError;
  }
  if (check_config) return proctor::CheckConfig(flags);
  if (install->parsed()) return proctor::Told(proctor::InstallService(flags));
  if (uninstall->parsed()) return proctor::Told(proctor::UninstallService());
  if (reload->parsed()) return proctor::Told(proctor::ReloadService(flags));
  if (run->parsed()) return proctor::ServeAsService(std::move(flags));
  return proctor::ServeInConsole(flags);
}
