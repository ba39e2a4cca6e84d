#ifndef PROCTOR_AGENT_JOBHOST_WIN32_SUPERVISOR_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_SUPERVISOR_H_

#include <atomic>
#include <cstdint>

#include "absl/time/time.h"
#include "agent/jobhost/win32/agent_link.h"
#include "agent/jobhost/win32/completion_port.h"
#include "agent/jobhost/win32/job_controller.h"
#include "agent/jobhost/win32/launcher_pool.h"
#include "agent/jobhost/win32/outbox.h"

namespace proctor::jobhost {

// The loop in which hints about jobs and deadlines come together. It never waits for anything but
// its port.
class Supervisor {
 public:
  // Keys of the port that no job has: theirs are counted from 1 on.
  static constexpr uint64_t kWakeKey = 0;
  static constexpr uint64_t kStopKey = ~uint64_t{0};

  struct Timing {
    absl::Duration launch_deadline;
    absl::Duration exit_when_idle;  // Zero: never.
  };

  Supervisor(const Timing& timing, const CompletionPort* port);

  // Hooks for the others; thread-safe.
  void SetTimer(int64_t deadline_ns);
  void LaunchQueued();
  void Wake() const { port_->Post(kWakeKey, 0); }
  void Stop() const { port_->Post(kStopKey, 0); }

  // Until somebody asks for the end, or nothing has been there to do for long enough.
  void Run(JobController* controller, LauncherPool* pool, AgentLink* link, Outbox* outbox);

 private:
  void Dispatch(const CompletionPort::Packet& packet);
  void BeginStop();
  void CheckLaunches(int64_t now_ns);
  DWORD WaitMs(int64_t now_ns) const;
  bool Finished(int64_t now_ns);

  const Timing timing_;
  const CompletionPort* const port_;
  JobController* controller_ = nullptr;
  LauncherPool* pool_ = nullptr;
  AgentLink* link_ = nullptr;
  Outbox* outbox_ = nullptr;
  std::atomic<int64_t> timer_ns_;
  std::atomic<bool> launches_ = false;
  int64_t next_launch_check_ns_;
  int64_t idle_since_ns_ = 0;
  int64_t stop_by_ns_;  // kNoDeadline: not stopping.
  int64_t flush_by_ns_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_SUPERVISOR_H_
