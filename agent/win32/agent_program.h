#ifndef PROCTOR_AGENT_WIN32_AGENT_PROGRAM_H_
#define PROCTOR_AGENT_WIN32_AGENT_PROGRAM_H_

#include <memory>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "agent/win32/agent_flags.h"
#include "agent/win32/event_log.h"
#include "agent/win32/service_program.h"
#include "agent/win32/windows_agent.h"

namespace proctor {

// The agent with its configuration and its logs, in a console or as a service.
class AgentProgram final : public ServiceProgram {
 public:
  // In a console: the log goes to standard error, unless the configuration says otherwise.
  explicit AgentProgram(AgentFlags flags) : flags_(std::move(flags)) {}
  // As a service: the log goes to a file in the state directory, unless the configuration says
  // otherwise, and what an administrator should see also to the event log.
  AgentProgram(AgentFlags flags, std::shared_ptr<const EventLog> events)
      : flags_(std::move(flags)), events_(std::move(events)) {}

  absl::Status Start() override;
  void Drain() override;
  void Reload() override;

 private:
  absl::StatusOr<config::AgentConfig> Load() const;
  absl::Status StartAgent();
  // An event about the service itself; nothing in a console.
  void Report(DWORD event, absl::string_view text) const;

  const AgentFlags flags_;
  const std::shared_ptr<const EventLog> events_;  // Null in a console.
  std::unique_ptr<WindowsAgent> agent_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_AGENT_PROGRAM_H_
