#ifndef PROCTOR_COMMON_LOG_TARGET_H_
#define PROCTOR_COMMON_LOG_TARGET_H_

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace proctor {

// Where the lines of a log are written. A reader that has stopped reading holds up the one thread
// that writes, and nobody else.
class LogTarget {
 public:
  virtual ~LogTarget() = default;

  // `line` with the line feed at its end, in one write. One thread at a time. Waits as long as the
  // reader is slow; false when the line, or its end, is lost.
  virtual bool Write(absl::string_view line) = 0;
  // From now on no Write waits: what can be taken at once is written still, since the line that is
  // being written when a log is opened anew is not to be lost. Any thread.
  virtual void Abandon() = 0;
};

// The file, made when it is missing, to be appended to; several processes may. A line that was cut
// off by the death of its writer is ended first. On POSIX a FIFO needs no reader to be opened. The
// system's error for what cannot be opened.
absl::StatusOr<std::shared_ptr<LogTarget>> OpenLogFile(const std::string& path);

// This process's standard error. Its file description, which others share, is left as it is.
std::shared_ptr<LogTarget> StandardErrorTarget();

}  // namespace proctor

#endif  // PROCTOR_COMMON_LOG_TARGET_H_
