#ifndef PROCTOR_COMMON_LOG_QUEUE_H_
#define PROCTOR_COMMON_LOG_QUEUE_H_

#include <spdlog/details/log_msg_buffer.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/sinks/sink.h>

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <vector>

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "common/log_target.h"
#include "common/mutex.h"

namespace proctor {

// A sink that only keeps the lines; a thread of its own writes them, one by one. Whoever logs never
// waits for who reads. Lines for which there is no room are counted, and a line in their place says
// how many they were. spdlog's asynchronous logger does not serve: with a reader that has stopped,
// it can neither change its sinks nor end.
class LogQueue final : public spdlog::sinks::sink, public std::enable_shared_from_this<LogQueue> {
 public:
  // `max_lines`: those that wait. `tick` is called by the writing thread before it waits; it may
  // log, and returns for how long it need not be called again.
  LogQueue(size_t max_lines, std::function<absl::Duration()> tick)
      : tick_(std::move(tick)), max_lines_(max_lines) {}

  // The place to write to, from the next line on; the one before is abandoned.
  void SetTarget(std::shared_ptr<LogTarget> target);
  // One more place, for what it does not filter out; called by the writing thread.
  void AddSink(spdlog::sink_ptr place);
  void SetMaxLines(size_t max_lines);

  // Starts the thread, which has the capabilities and the blocked signals of its caller; SIGPIPE
  // must not end the process. Until then lines are kept. Once.
  void Start();
  // Waits until everything is written, for at most `patience`. Lines that come later are not. The
  // thread has ended then, or ends when the system lets go of it.
  void Finish(absl::Duration patience);

  void log(const spdlog::details::log_msg& message) override;
  void flush() override {}
  void set_pattern(const std::string&) override {}
  void set_formatter(std::unique_ptr<spdlog::formatter>) override {}

 private:
  struct Line {
    absl::optional<spdlog::details::log_msg_buffer> message;  // Nothing: only the count is told.
    size_t dropped_before = 0;
  };
  struct Work {
    Line line;
    std::shared_ptr<LogTarget> target;
    std::vector<spdlog::sink_ptr> sinks;
  };

  void Run();
  // Waits for a line, or for `time`. False at the end.
  bool WaitForLine(absl::Duration time);
  // Nothing when there is nothing to write.
  absl::optional<Work> TakeWork();
  void Write(const Work& work);
  // False when the line is lost.
  bool WriteLine(const spdlog::details::log_msg& message, LogTarget* target);

  const std::function<absl::Duration()> tick_;
  // The writing thread's own.
  spdlog::pattern_formatter formatter_;
  size_t lost_ = 0;

  Mutex mutex_;
  CondVar changed_;
  size_t max_lines_ ABSL_GUARDED_BY(mutex_);
  std::deque<Line> lines_ ABSL_GUARDED_BY(mutex_);
  size_t dropped_ ABSL_GUARDED_BY(mutex_) = 0;  // Behind the last of lines_.
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool idle_ ABSL_GUARDED_BY(mutex_) = false;
  bool started_ ABSL_GUARDED_BY(mutex_) = false;
  bool ended_ ABSL_GUARDED_BY(mutex_) = false;
  std::shared_ptr<LogTarget> target_ ABSL_GUARDED_BY(mutex_);
  std::vector<spdlog::sink_ptr> sinks_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_LOG_QUEUE_H_
