#ifndef PROCTOR_COMMON_LOG_H_
#define PROCTOR_COMMON_LOG_H_

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace proctor {

// Lines for the program's log: spdlog's default logger, as main() has set it up. spdlog's headers
// are kept out of whoever writes lines: with fmt's they take longer to compile than all others
// together. Thread-safe. Secrets, arguments and values of environments have no business in a log.
enum class LogLevel { kInfo, kWarning, kError, kCritical };

bool IsLogged(LogLevel level);
// Control characters of `line` are written as "\\x1b".
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

// Writes out what is not written yet and ends the log: the last thing a program does with it.
void EndLog();
// Nothing is logged from now on.
void SilenceLog();

}  // namespace proctor

#endif  // PROCTOR_COMMON_LOG_H_
