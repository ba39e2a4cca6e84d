#include "agent/win32/event_log.h"

#include <algorithm>
#include <string>

#include "common/win32/last_error.h"
#include "common/win32/utf16.h"

namespace proctor {
namespace {

constexpr size_t kMostUnits = 31'839;  // ReportEvent, Microsoft Learn.

// The severity is in the two highest bits of the event's number.
WORD TypeOf(DWORD event) {
  switch (event >> 30) {
    case 3:
      return EVENTLOG_ERROR_TYPE;
    case 2:
      return EVENTLOG_WARNING_TYPE;
    default:
      return EVENTLOG_INFORMATION_TYPE;
  }
}

}  // namespace

absl::StatusOr<std::unique_ptr<EventLog>> EventLog::Open(const std::string& source) {
  const std::wstring wide(source.begin(), source.end());
  const HANDLE handle = ::RegisterEventSourceW(nullptr, wide.c_str());
  if (handle == nullptr) return LastErrorStatus("RegisterEventSourceW", source);
  return std::unique_ptr<EventLog>(new EventLog(handle));
}

EventLog::~EventLog() { ::DeregisterEventSource(source_); }

void EventLog::Report(DWORD event, absl::string_view text) const {
  std::wstring wide = ToUtf16(text).value_or(L"(text that is not UTF-8)");
  wide.resize(std::min(wide.size(), kMostUnits));
  const wchar_t* strings[] = {wide.c_str()};
  ::ReportEventW(source_, TypeOf(event), 0, event, nullptr, 1, 0, strings, nullptr);
}

}  // namespace proctor
