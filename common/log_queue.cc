#include "common/log_queue.h"

#include <algorithm>
#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/detached_thread.h"

namespace proctor {
namespace {

using spdlog::details::log_msg;

// While lines come one after the other, nobody is woken for each of them.
constexpr absl::Duration kNap = absl::Milliseconds(1);

}  // namespace

void LogQueue::SetTarget(std::shared_ptr<LogTarget> target) {
  {
    MutexLock lock(&mutex_);
    std::swap(target_, target);
  }
  if (target != nullptr) target->Abandon();
}

void LogQueue::AddSink(spdlog::sink_ptr place) {
  MutexLock lock(&mutex_);
  sinks_.push_back(std::move(place));
}

void LogQueue::SetMaxLines(size_t max_lines) {
  MutexLock lock(&mutex_);
  max_lines_ = max_lines;
}

void LogQueue::log(const log_msg& message) {
  bool wake = false;
  {
    MutexLock lock(&mutex_);
    if (ended_) return;
    if (lines_.size() >= max_lines_) {
      ++dropped_;
      return;
    }
    lines_.push_back({spdlog::details::log_msg_buffer(message), std::exchange(dropped_, 0)});
    wake = std::exchange(idle_, false);
  }
  if (wake) changed_.NotifyAll();
}

void LogQueue::Start() {
  {
    MutexLock lock(&mutex_);
    if (std::exchange(started_, true)) return;
  }
  // Detached: a write that the system does not let go of must not hold up the program's end.
  StartDetachedThread([self = shared_from_this()] { self->Run(); });
}

void LogQueue::Finish(absl::Duration patience) {
  Start();
  const absl::Duration end = Clock::Real()->Monotonic() + patience;
  std::shared_ptr<LogTarget> target;
  {
    MutexLock lock(&mutex_);
    changed_.NotifyAll();
    for (absl::Duration now; !ended_ && (!lines_.empty() || dropped_ > 0 || writing_) &&
                             (now = Clock::Real()->Monotonic()) < end;) {
      changed_.WaitFor(&mutex_, end - now);
    }
    ended_ = true;
    target = target_;
  }
  changed_.NotifyAll();
  if (target != nullptr) target->Abandon();
}

void LogQueue::Run() {
  do {
    while (const absl::optional<Work> work = TakeWork()) Write(*work);
  } while (WaitForLine(tick_()));
}

bool LogQueue::WaitForLine(absl::Duration time) {
  const absl::Duration end = Clock::Real()->Monotonic() + time;
  MutexLock lock(&mutex_);
  if (!ended_ && lines_.empty() && dropped_ == 0) changed_.WaitFor(&mutex_, std::min(time, kNap));
  for (absl::Duration now;
       !ended_ && lines_.empty() && dropped_ == 0 && (now = Clock::Real()->Monotonic()) < end;) {
    idle_ = true;
    // WaitFor does not take an infinite time.
    changed_.WaitFor(&mutex_, std::min(end - now, absl::Hours(1)));
  }
  idle_ = false;
  return !ended_;
}

absl::optional<LogQueue::Work> LogQueue::TakeWork() {
  MutexLock lock(&mutex_);
  writing_ = !ended_ && (!lines_.empty() || dropped_ > 0);
  if (!writing_) {
    changed_.NotifyAll();  // Finish may wait for this.
    return absl::nullopt;
  }
  Work work;
  work.target = target_;
  work.sinks = sinks_;
  if (lines_.empty()) {
    work.line.dropped_before = std::exchange(dropped_, 0);
  } else {
    work.line = std::move(lines_.front());
    lines_.pop_front();
  }
  return work;
}

void LogQueue::Write(const Work& work) {
  lost_ += work.line.dropped_before;
  if (lost_ > 0) {
    const std::string text =
        absl::StrCat(lost_, " lines of the log are missing here: they could not be written");
    if (!WriteLine(log_msg("log", spdlog::level::warn, text), work.target.get())) {
      lost_ += work.line.message.has_value() ? 1 : 0;
      return;
    }
    lost_ = 0;
  }
  if (!work.line.message.has_value()) return;
  if (!WriteLine(*work.line.message, work.target.get())) ++lost_;
  for (const spdlog::sink_ptr& place : work.sinks) {
    if (place->should_log(work.line.message->level)) place->log(*work.line.message);
  }
}

bool LogQueue::WriteLine(const log_msg& message, LogTarget* target) {
  spdlog::memory_buf_t text;
  formatter_.format(message, text);
  return target == nullptr || target->Write(absl::string_view(text.data(), text.size()));
}

}  // namespace proctor
