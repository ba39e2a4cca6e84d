// proctord.exe: the agent that callers talk to.

#include <spdlog/spdlog.h>
#include <windows.h>

#include <CLI/CLI.hpp>
#include <atomic>
#include <cstdio>
#include <memory>
#include <string>

#include "agent/config_file.h"
#include "agent/log.h"
#include "agent/win32/windows_agent.h"
#include "common/win32/unique_handle.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

// What the command line says in place of the configuration file.
struct Flags {
  std::string config;
  std::string pipe;
  std::string state_dir;
  std::string log_level;
  std::string log_file;
  bool check_config = false;
};

std::string DefaultStateDirectory() {
  wchar_t path[MAX_PATH];
  const DWORD length = ::GetEnvironmentVariableW(L"ProgramData", path, MAX_PATH);
  if (length == 0 || length >= MAX_PATH) return "C:\\ProgramData\\Proctor";
  return FromUtf16(std::wstring_view(path, length)) + "\\Proctor";
}

absl::StatusOr<config::AgentConfig> LoadConfig(const Flags& flags) {
  config::AgentConfig config;
  if (!flags.config.empty()) {
    absl::StatusOr<config::AgentConfig> file = ReadConfigFile(flags.config);
    if (!file.ok()) return file.status();
    config = *std::move(file);
  }
  if (!flags.pipe.empty()) config.set_pipe(flags.pipe);
  if (!flags.state_dir.empty()) config.set_state_directory(flags.state_dir);
  if (!config.has_state_directory()) config.set_state_directory(DefaultStateDirectory());
  if (!flags.log_level.empty()) config.mutable_log()->set_level(flags.log_level);
  if (!flags.log_file.empty()) config.mutable_log()->set_file(flags.log_file);
  if (absl::Status valid = ValidateConfig(config); !valid.ok()) return valid;
  return config;
}

// Set by Ctrl-C, Ctrl-Break and the closing of the console.
std::atomic<HANDLE> stop_event{nullptr};

BOOL WINAPI OnControl(DWORD) {
  ::SetEvent(stop_event);
  return TRUE;
}

int Serve(const config::AgentConfig& config) {
  const UniqueHandle stop(::CreateEventW(nullptr, TRUE, FALSE, nullptr));
  stop_event = stop.get();
  ::SetConsoleCtrlHandler(&OnControl, TRUE);
  if (absl::Status opened = Log::Open(config.log()); !opened.ok()) {
    std::fprintf(stderr, "proctord: %s\n", std::string(opened.message()).c_str());
    return 1;
  }
  absl::StatusOr<std::unique_ptr<WindowsAgent>> agent = WindowsAgent::Start(config);
  if (!agent.ok()) {
    spdlog::critical("cannot start: {}", agent.status().ToString());
    spdlog::shutdown();
    return 1;
  }
  spdlog::info("proctord {} serves \\\\.\\pipe\\{}", PROCTOR_VERSION, config.pipe());
  ::WaitForSingleObject(stop.get(), INFINITE);
  spdlog::info("draining; jobs go on in the job host");
  (*agent)->Drain();
  agent->reset();
  spdlog::info("stopped");
  spdlog::shutdown();
  return 0;
}

}  // namespace
}  // namespace proctor

int main(int argc, char** argv) {
  proctor::Flags flags;
  CLI::App app("Runs jobs as the callers who ask for them.");
  app.set_version_flag("--version", PROCTOR_VERSION);
  app.add_option("--config", flags.config, "Configuration file, protobuf text format");
  app.add_option("--pipe", flags.pipe, "Name of the pipe for callers");
  app.add_option("--state-dir", flags.state_dir, "Directory of journal and spool");
  app.add_option("--log-level", flags.log_level, "trace, debug, info, warning, error, off");
  app.add_option("--log-file", flags.log_file, "File to log to; default: standard error");
  app.add_flag("--check-config", flags.check_config, "Check the configuration and exit");
  CLI11_PARSE(app, argc, argv);
  const absl::StatusOr<proctor::config::AgentConfig> config = proctor::LoadConfig(flags);
  if (!config.ok()) {
    std::fprintf(stderr, "proctord: %s\n", std::string(config.status().message()).c_str());
    return 1;
  }
  return flags.check_config ? 0 : proctor::Serve(*config);
}
