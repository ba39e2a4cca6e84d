#ifndef PROCTOR_AGENT_WIN32_EVENT_LOG_H_
#define PROCTOR_AGENT_WIN32_EVENT_LOG_H_

#include <windows.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace proctor {

// The system's event log, for one source. Thread-safe.
class EventLog {
 public:
  // RegisterEventSourceW; `source` is ASCII. Works without EventSource; the texts are missing then.
  static absl::StatusOr<std::unique_ptr<EventLog>> Open(const std::string& source);
  ~EventLog();
  EventLog(const EventLog&) = delete;
  EventLog& operator=(const EventLog&) = delete;

  // An event of messages.mc (PROCTOR_EVENT_...) with its %1; cut at the 31,839 units that the log
  // takes. A log that is full or gone is no reason to fail.
  void Report(DWORD event, absl::string_view text) const;

 private:
  explicit EventLog(HANDLE source) : source_(source) {}

  const HANDLE source_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_WIN32_EVENT_LOG_H_
