#ifndef PROCTOR_AGENT_WIN32_EVENT_LOG_SINK_H_
#define PROCTOR_AGENT_WIN32_EVENT_LOG_SINK_H_

#include <spdlog/sinks/base_sink.h>

#include <memory>
#include <mutex>
#include <utility>

#include "agent/win32/event_log.h"
#include "agent/win32/messages.h"

namespace proctor {

// Warnings and errors of the agent's log, as events. What happens to the service itself is reported
// by whom it happens to.
class EventLogSink final : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit EventLogSink(std::shared_ptr<const EventLog> events) : events_(std::move(events)) {
    set_level(spdlog::level::warn);
  }

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    const bool error = message.level >= spdlog::level::err;
    events_->Report(error ? PROCTOR_EVENT_ERROR : PROCTOR_EVENT_WARNING,
                    absl::string_view(message.payload.data(), message.payload.size()));
  }
  void flush_() override {}

 private:
  const std::shared_ptr<const EventLog> events_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_EVENT_LOG_SINK_H_
