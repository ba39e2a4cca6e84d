#include "agent/jobhost/win32/supervisor.h"

#include <algorithm>

#include "agent/jobhost/host_clock.h"
#include "common/log.h"

namespace proctor::jobhost {
namespace {

constexpr int64_t kMillisecond = 1000 * 1000;
constexpr int64_t kSecond = 1000 * kMillisecond;
// How often launches in flight are looked at.
constexpr int64_t kLaunchCheckNs = 50 * kMillisecond;
// A launch that takes longer than that hangs; on an overloaded machine 50 ms are nothing unusual.
constexpr int64_t kStuckNs = 200 * kMillisecond;
constexpr int64_t kMaxStopGraceNs = 10 * kSecond;
// For what termination leaves to do after the grace period.
constexpr int64_t kStopMarginNs = 5 * kSecond;
// For a slow agent to take the last reports.
constexpr int64_t kFlushNs = 2 * kSecond;
constexpr int64_t kFlushLookNs = 10 * kMillisecond;
// Packets that are handled before deadlines get a turn.
constexpr int kTurn = 64;

}  // namespace

Supervisor::Supervisor(const Timing& timing, const CompletionPort* port)
    : timing_(timing),
      port_(port),
      timer_ns_(kNoDeadline),
      next_launch_check_ns_(kNoDeadline),
      stop_by_ns_(kNoDeadline),
      flush_by_ns_(kNoDeadline) {}

void Supervisor::SetTimer(int64_t deadline_ns) {
  // Only an earlier one must end the loop's wait.
  if (timer_ns_.exchange(deadline_ns) > deadline_ns) Wake();
}

void Supervisor::LaunchQueued() {
  if (!launches_.exchange(true)) Wake();
}

void Supervisor::CheckLaunches(int64_t now_ns) {
  if (launches_.exchange(false) && next_launch_check_ns_ == kNoDeadline) {
    next_launch_check_ns_ = now_ns + kLaunchCheckNs;
  }
  if (next_launch_check_ns_ > now_ns) return;
  const JobController::InFlight launches =
      controller_->CheckLaunches(absl::ToInt64Nanoseconds(timing_.launch_deadline), kStuckNs);
  const bool waiting = pool_->has_waiting();
  if (waiting && launches.stuck > 0) pool_->Grow(launches.stuck);
  next_launch_check_ns_ = waiting || launches.count > 0 ? now_ns + kLaunchCheckNs : kNoDeadline;
}

void Supervisor::BeginStop() {
  const bool again = stop_by_ns_ != kNoDeadline;
  LogInfo(again ? "asked to stop again: killing what is left" : "asked to stop");
  if (!again) stop_by_ns_ = MonotonicNs() + kMaxStopGraceNs + kStopMarginNs;
  controller_->StopAll(again ? 0 : kMaxStopGraceNs);
}

void Supervisor::Dispatch(const CompletionPort::Packet& packet) {
  if (packet.key == kWakeKey) return;
  if (packet.key == kStopKey) {
    BeginStop();
  } else {
    controller_->Look(packet.key);
  }
}

DWORD Supervisor::WaitMs(int64_t now_ns) const {
  int64_t until_ns = std::min({timer_ns_.load(), next_launch_check_ns_, stop_by_ns_, flush_by_ns_});
  if (flush_by_ns_ != kNoDeadline) until_ns = std::min(until_ns, now_ns + kFlushLookNs);
  const int64_t idle_ns = absl::ToInt64Nanoseconds(timing_.exit_when_idle);
  if (idle_ns > 0 && idle_since_ns_ != 0) until_ns = std::min(until_ns, idle_since_ns_ + idle_ns);
  if (until_ns == kNoDeadline) return INFINITE;
  const int64_t left_ns = std::clamp<int64_t>(until_ns - now_ns, 0, 60 * kSecond);
  return static_cast<DWORD>((left_ns + kMillisecond - 1) / kMillisecond);
}

bool Supervisor::Finished(int64_t now_ns) {
  if (stop_by_ns_ != kNoDeadline) {
    if (now_ns >= stop_by_ns_) return true;
    if (controller_->unfinished_count() > 0) return false;
    if (flush_by_ns_ == kNoDeadline) flush_by_ns_ = now_ns + kFlushNs;
    return now_ns >= flush_by_ns_ || !outbox_->connected() || outbox_->empty();
  }
  const int64_t idle_ns = absl::ToInt64Nanoseconds(timing_.exit_when_idle);
  if (idle_ns == 0) return false;
  if (link_->connected() || controller_->job_count() > 0) {
    idle_since_ns_ = 0;
    return false;
  }
  if (idle_since_ns_ == 0) idle_since_ns_ = now_ns;
  return now_ns - idle_since_ns_ >= idle_ns;
}

void Supervisor::Run(JobController* controller, LauncherPool* pool, AgentLink* link,
                     Outbox* outbox) {
  controller_ = controller;
  pool_ = pool;
  link_ = link;
  outbox_ = outbox;
  int64_t now_ns = MonotonicNs();
  while (!Finished(now_ns)) {
    DWORD wait_ms = WaitMs(now_ns);
    for (int i = 0; i < kTurn; ++i) {
      const absl::optional<CompletionPort::Packet> packet = port_->Wait(wait_ms);
      if (!packet.has_value()) break;
      Dispatch(*packet);
      wait_ms = 0;
    }
    now_ns = MonotonicNs();
    if (timer_ns_ <= now_ns) controller_->DriveDeadlines();
    CheckLaunches(now_ns);
    link_->Reap();
    outbox_->Flush();
  }
}

}  // namespace proctor::jobhost
