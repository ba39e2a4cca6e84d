#include "agent/win32/agent_program.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/log.h"
#include "agent/win32/event_log_sink.h"
#include "agent/win32/messages.h"
#include "common/log.h"
#include "common/log_setup.h"
#include "common/win32/pipe_name.h"

namespace proctor {

absl::StatusOr<config::AgentConfig> AgentProgram::Load() const {
  absl::StatusOr<config::AgentConfig> config = LoadConfig(flags_);
  if (!config.ok()) return config;
  // A service has no standard error.
  if (events_ != nullptr && config->log().file().empty()) {
    config->mutable_log()->set_file(config->state_directory() + "\\proctord.log");
  }
  return config;
}

absl::Status AgentProgram::Start() {
  const absl::Status started = StartAgent();
  if (!started.ok()) {
    Report(PROCTOR_EVENT_START_FAILED, started.ToString());
    EndLog();
  }
  return started;
}

absl::Status AgentProgram::StartAgent() {
  const absl::StatusOr<config::AgentConfig> config = Load();
  if (!config.ok()) return config.status();
  // Before the log, which may lie in it.
  absl::StatusOr<StateDirectory> state = StateDirectory::Open(config->state_directory());
  if (!state.ok()) return state.status();
  if (absl::Status opened = OpenAgentLog(config->log()); !opened.ok()) return opened;
  if (events_ != nullptr) AddLogSink(std::make_shared<EventLogSink>(events_));
  absl::StatusOr<std::unique_ptr<WindowsAgent>> agent =
      WindowsAgent::Start(*config, *std::move(state));
  if (!agent.ok()) {
    // Not also an event: the start's failure is one.
    LogInfo("cannot start: ", agent.status().ToString());
    return agent.status();
  }
  agent_ = *std::move(agent);
  const std::string serves =
      absl::StrCat("proctord ", PROCTOR_VERSION, " serves ", ServedPipeName(config->pipe()));
  LogInfo(serves);
  Report(PROCTOR_EVENT_STARTED, serves);
  return absl::OkStatus();
}

void AgentProgram::Drain() {
  LogInfo("draining; jobs go on in the job host");
  // A thread that hangs in the system uses the agent for as long as the process lives.
  if (!agent_->Drain()) (void)agent_.release();
  agent_.reset();
  LogInfo("stopped");
  Report(PROCTOR_EVENT_STOPPED, "");
  EndLog();
}

void AgentProgram::Reload() {
  const absl::StatusOr<config::AgentConfig> config = Load();
  absl::Status status = config.ok() ? agent_->Reload(*config) : config.status();
  if (status.ok()) status = ReopenAgentLog(config->log());
  if (!status.ok()) {
    LogInfo("the configuration stays as it was: ", status.ToString());
    Report(PROCTOR_EVENT_RELOAD_FAILED, status.ToString());
    return;
  }
  LogInfo("configuration read again");
  Report(PROCTOR_EVENT_RELOADED, flags_.config);
}

void AgentProgram::Report(DWORD event, absl::string_view text) const {
  if (events_ != nullptr) events_->Report(event, text);
}

}  // namespace proctor
