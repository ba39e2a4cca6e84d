#ifndef PROCTOR_COMMON_LOG_SETUP_H_
#define PROCTOR_COMMON_LOG_SETUP_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"

namespace spdlog::sinks {
class sink;
}

namespace proctor {

// What main() does with the log of its program (common/log.h). Its lines are kept in a bounded
// queue, and one thread writes them, each by a write of its own.

struct LogOptions {
  std::string level = "info";  // See IsLogLevel.
  std::string file;            // Empty: standard error.
  size_t max_queued_lines = 8192;
  absl::Duration aggregation = absl::Seconds(10);  // The window of LogRepeated.
};

// trace, debug, info, warning, error, critical, off.
bool IsLogLevel(absl::string_view level);

// Begins the log of the program `name`. Blocks on no reader of it. The system's error for a file
// that cannot be opened.
absl::Status OpenLog(const std::string& name, const LogOptions& options);
// Starts the thread that writes, as which see LogQueue::Start: after the signals are blocked and
// the capabilities dropped that threads inherit. Lines wait for it until then. Nothing is to be
// done for a log that has not been opened.
void StartLog();
// Opens the file again by its name, so that a rotated one is let go of, and goes by what the
// options say now. Safe while others log. When it fails, the log stays as it was.
absl::Status ReopenLog(const LogOptions& options);
// One more place for lines to go, from now on. After OpenLog.
void AddLogSink(std::shared_ptr<spdlog::sinks::sink> sink);
// Writes what is not written yet, as far as that takes no more than a second, and ends the log: the
// last thing that a program does with it.
void EndLog();

}  // namespace proctor

#endif  // PROCTOR_COMMON_LOG_SETUP_H_
