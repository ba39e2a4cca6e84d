#include "agent/jobhost/supervisor.h"

#include <errno.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/signalfd.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <utility>

#include "agent/jobhost/host_clock.h"
#include "common/log.h"
#include "common/os_error.h"

namespace proctor::jobhost {
namespace {

constexpr int64_t kMillisecond = 1000 * 1000;
constexpr int64_t kSecond = 1000 * kMillisecond;
// How often launches in flight are looked at.
constexpr int64_t kLaunchCheckNs = 50 * kMillisecond;
// A launch that takes longer than that hangs; on an overloaded machine 50 ms are nothing unusual.
constexpr int64_t kStuckNs = 200 * kMillisecond;
// How long an orphan whose SIGCHLD was lost may stay a zombie.
constexpr int64_t kReapingNs = 20 * kMillisecond;
constexpr int64_t kMaxStopGraceNs = 10 * kSecond;
// For what SIGKILL leaves to do after the grace period.
constexpr int64_t kStopMarginNs = 5 * kSecond;
// For a slow agent to take the last reports.
constexpr int64_t kFlushNs = 2 * kSecond;

}  // namespace

Supervisor::Supervisor(const Timing& timing, UniqueFd epoll, UniqueFd signals, UniqueFd timer)
    : timing_(timing),
      epoll_(std::move(epoll)),
      signals_(std::move(signals)),
      timer_(std::move(timer)),
      next_launch_check_ns_(kNoDeadline),
      next_reaping_ns_(kNoDeadline),
      stop_by_ns_(kNoDeadline),
      flush_by_ns_(kNoDeadline) {}

absl::StatusOr<std::unique_ptr<Supervisor>> Supervisor::Create(const Timing& timing) {
  UniqueFd epoll(::epoll_create1(EPOLL_CLOEXEC));
  if (!epoll.valid()) return OsErrorStatus("epoll_create1", errno);
  sigset_t wanted;
  sigemptyset(&wanted);
  for (const int signal : {SIGCHLD, SIGTERM, SIGINT, SIGHUP}) sigaddset(&wanted, signal);
  UniqueFd signals(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!signals.valid()) return OsErrorStatus("signalfd", errno);
  UniqueFd timer(::timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK));
  if (!timer.valid()) return OsErrorStatus("timerfd_create", errno);
  std::unique_ptr<Supervisor> supervisor(
      new Supervisor(timing, std::move(epoll), std::move(signals), std::move(timer)));
  absl::Status added = supervisor->Add(Kind::kSignals, supervisor->signals_.get(), EPOLLIN);
  if (added.ok()) added = supervisor->Add(Kind::kTimer, supervisor->timer_.get(), EPOLLIN);
  if (!added.ok()) return added;
  return supervisor;
}

absl::Status Supervisor::Add(Kind kind, int fd, uint32_t events, int value) {
  epoll_event event = {};
  event.events = events;
  event.data.u64 = static_cast<uint64_t>(kind) << 32 | static_cast<uint32_t>(value);
  if (::epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0) return absl::OkStatus();
  return OsErrorStatus("epoll_ctl", errno);
}

void Supervisor::SetTimer(int64_t deadline_ns) {
  itimerspec when = {};
  if (deadline_ns != kNoDeadline) {
    // Zero would disarm it.
    deadline_ns = std::max<int64_t>(deadline_ns, 1);
    when.it_value.tv_sec = deadline_ns / kSecond;
    when.it_value.tv_nsec = deadline_ns % kSecond;
  }
  ::timerfd_settime(timer_.get(), TFD_TIMER_ABSTIME, &when, nullptr);
}

absl::Status Supervisor::WatchReadable(int fd) { return Add(Kind::kConnection, fd, EPOLLIN); }

void Supervisor::WatchMain(int pidfd, pid_t pid) {
  // Should this fail, the process is reaped among the orphans.
  Add(Kind::kMain, pidfd, EPOLLIN | EPOLLONESHOT, pid).IgnoreError();
}

// Edge-triggered: should descriptors run out, a connection that cannot be accepted must not keep
// the loop busy.
absl::Status Supervisor::WatchListener(int fd) {
  return Add(Kind::kListener, fd, EPOLLIN | EPOLLET);
}

void Supervisor::WatchTree(int fd) {
  // Edge-triggered: the level stays up until somebody reads the file again. Should this fail, the
  // tree is asked after each orphan that is reaped.
  Add(Kind::kTree, fd, EPOLLPRI | EPOLLET).IgnoreError();
}

void Supervisor::Unwatch(int fd) { ::epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr); }

void Supervisor::WatchWritable(const SeqpacketSocket& socket) {
  epoll_event event = {};
  event.events = EPOLLIN | EPOLLOUT;
  event.data.u64 =
      static_cast<uint64_t>(Kind::kConnection) << 32 | static_cast<uint32_t>(socket.fd());
  ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, socket.fd(), &event);
}

void Supervisor::LaunchQueued() {
  if (next_launch_check_ns_ == kNoDeadline) next_launch_check_ns_ = MonotonicNs() + kLaunchCheckNs;
}

void Supervisor::CheckLaunches(int64_t now_ns) {
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

void Supervisor::ReadSignals() {
  bool stop = false;
  bool hangup = false;
  signalfd_siginfo info[8];
  ssize_t got;
  while ((got = ::read(signals_.get(), info, sizeof(info))) > 0) {
    for (size_t i = 0; i < static_cast<size_t>(got) / sizeof(info[0]); ++i) {
      const uint32_t signal = info[i].ssi_signo;
      if (signal == SIGCHLD) {
        ChildEnded(static_cast<pid_t>(info[i].ssi_pid));
      } else {
        (signal == SIGHUP ? hangup : stop) = true;
      }
    }
    if (static_cast<size_t>(got) < sizeof(info)) break;
  }
  if (hangup && hangup_) hangup_();
  if (stop) BeginStop();
}

void Supervisor::ChildEnded(pid_t pid) {
  controller_->ReapChild(pid);
  // While one SIGCHLD waits to be read, those of other children are lost. A main process has its
  // descriptor; the orphans of jobs, whose subreaper we are, have nothing else.
  next_reaping_ns_ = std::min(next_reaping_ns_, MonotonicNs() + kReapingNs);
}

void Supervisor::Dispatch(uint64_t tag, uint32_t events) {
  const int fd = static_cast<int>(tag & 0xffffffff);
  switch (static_cast<Kind>(tag >> 32)) {
    case Kind::kSignals:
      ReadSignals();
      break;
    case Kind::kTimer: {
      uint64_t expirations;
      if (::read(fd, &expirations, sizeof(expirations)) > 0) controller_->DriveDeadlines();
      break;
    }
    case Kind::kListener:
      link_->Accept();
      break;
    case Kind::kConnection:
      if ((events & EPOLLOUT) != 0) {
        epoll_event event = {};
        event.events = EPOLLIN;
        event.data.u64 = tag;
        ::epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event);
        outbox_->Unblock();
      }
      if ((events & ~EPOLLOUT) != 0) link_->Read(fd);
      break;
    case Kind::kMain:
      controller_->ReapChild(static_cast<pid_t>(fd));
      break;
    case Kind::kTree:
      controller_->TreeChanged(fd);
      break;
  }
}

int Supervisor::WaitTime(int64_t now_ns) const {
  int64_t until_ns = std::min({next_launch_check_ns_, next_reaping_ns_, stop_by_ns_, flush_by_ns_});
  const int64_t idle_ns = absl::ToInt64Nanoseconds(timing_.exit_when_idle);
  if (idle_ns > 0 && idle_since_ns_ != 0) until_ns = std::min(until_ns, idle_since_ns_ + idle_ns);
  if (until_ns == kNoDeadline) return -1;
  const int64_t left_ns = std::clamp<int64_t>(until_ns - now_ns, 0, 60 * kSecond);
  return static_cast<int>((left_ns + kMillisecond - 1) / kMillisecond);
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

absl::Status Supervisor::Run(JobController* controller, LauncherPool* pool, AgentLink* link,
                             Outbox* outbox) {
  controller_ = controller;
  pool_ = pool;
  link_ = link;
  outbox_ = outbox;
  if (absl::Status added = WatchListener(link->listener_fd()); !added.ok()) return added;
  std::array<epoll_event, 64> events;
  int64_t now_ns = MonotonicNs();
  while (!Finished(now_ns)) {
    const int count = ::epoll_wait(epoll_.get(), events.data(), events.size(), WaitTime(now_ns));
    for (int i = 0; i < count; ++i) Dispatch(events[i].data.u64, events[i].events);
    now_ns = MonotonicNs();
    if (next_reaping_ns_ <= now_ns) {
      next_reaping_ns_ = kNoDeadline;
      controller_->ReapAllChildren();
    }
    // After everything that may have a report: nobody else sends it.
    outbox_->Flush();
    CheckLaunches(now_ns);
  }
  return absl::OkStatus();
}

}  // namespace proctor::jobhost
