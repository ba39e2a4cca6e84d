#ifndef PROCTOR_COMMON_LOG_H_
#define PROCTOR_COMMON_LOG_H_

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace proctor {

class LineAggregator;

// Lines for the program's log: spdlog's default logger, as main() has set it up (log_setup.h).
// spdlog's headers are kept out of whoever writes lines: with fmt's they take longer to compile
// than all others together. Thread-safe; never waits for who reads the log. Secrets, arguments and
// values of environments have no business in a log.
enum class LogLevel { kInfo, kWarning, kError, kCritical };

bool IsLogged(LogLevel level);
// What is not Printable in `line` is escaped; its end is cut off beyond about 4,000 bytes.
void LogLine(LogLevel level, absl::string_view line);

// `parts` as absl::StrCat takes them.
template <typename... Parts>
void LogInfo(const Parts&... parts) {
  if (IsLogged(LogLevel::kInfo)) LogLine(LogLevel::kInfo, absl::StrCat(parts...));
}
template <typename... Parts>
void LogWarning(const Parts&... parts) {
  if (IsLogged(LogLevel::kWarning)) LogLine(LogLevel::kWarning, absl::StrCat(parts...));
}
template <typename... Parts>
void LogError(const Parts&... parts) {
  if (IsLogged(LogLevel::kError)) LogLine(LogLevel::kError, absl::StrCat(parts...));
}
template <typename... Parts>
void LogCritical(const Parts&... parts) {
  if (IsLogged(LogLevel::kCritical)) LogLine(LogLevel::kCritical, absl::StrCat(parts...));
}

// For what users and strangers can cause as often as they like. Of one kind and one subject, the
// first few lines in a while are written as they are; the others are counted, and told in one line:
// "refused a call (uid 1000): … and 4,312 more like it in 10 s". `kind` is a constant, and
// `subject` whoever causes the lines: Principal::key(), PeerNetwork(). Not for the audit of jobs,
// of which every line is written.
bool AdmitRepeated(LogLevel level, absl::string_view kind, absl::string_view subject);
template <typename... Parts>
void LogRepeated(LogLevel level, absl::string_view kind, absl::string_view subject,
                 const Parts&... parts) {
  if (IsLogged(level) && AdmitRepeated(level, kind, subject)) {
    LogLine(level, absl::StrCat(parts...));
  }
}
// The counts of LogRepeated.
LineAggregator* RepeatedLines();

// Nothing is logged from now on.
void SilenceLog();

}  // namespace proctor

#endif  // PROCTOR_COMMON_LOG_H_
