#ifndef PROCTOR_AGENT_JOBHOST_SUPERVISOR_H_
#define PROCTOR_AGENT_JOBHOST_SUPERVISOR_H_

#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/jobhost/agent_link.h"
#include "agent/jobhost/job_controller.h"
#include "agent/jobhost/launcher_pool.h"
#include "agent/jobhost/outbox.h"
#include "common/linux/seqpacket_socket.h"
#include "common/unique_fd.h"

namespace proctor::jobhost {

// The loop that everything comes together in: requests, ended children, deadlines, emptied trees.
// It alone reaps and it never waits for anything but its epoll.
class Supervisor {
 public:
  struct Timing {
    absl::Duration launch_deadline;
    absl::Duration exit_when_idle;
  };

  // SIGCHLD, SIGTERM, SIGINT and SIGHUP must be blocked in every thread.
  static absl::StatusOr<std::unique_ptr<Supervisor>> Create(const Timing& timing);

  // Hooks for the others; thread-safe.
  void SetTimer(int64_t deadline_ns);
  absl::Status WatchReadable(int fd);
  void WatchMain(int pidfd, pid_t pid);
  void WatchTree(int fd);
  void Unwatch(int fd);
  void WatchWritable(const SeqpacketSocket& socket);
  void LaunchQueued();  // The loop's own thread only.
  // What SIGHUP asks for, in the loop's own thread. Before Run.
  void OnHangup(std::function<void()> hangup) { hangup_ = std::move(hangup); }
  // The connections of another listener are accepted from now on.
  absl::Status WatchListener(int fd);

  // Until a signal asks for the end, or nothing has been there to do for long enough.
  absl::Status Run(JobController* controller, LauncherPool* pool, AgentLink* link, Outbox* outbox);

 private:
  enum class Kind : uint32_t { kSignals, kTimer, kListener, kConnection, kMain, kTree };

  Supervisor(const Timing& timing, UniqueFd epoll, UniqueFd signals, UniqueFd timer);
  // `value`: what Dispatch gets.
  absl::Status Add(Kind kind, int fd, uint32_t events, int value);
  absl::Status Add(Kind kind, int fd, uint32_t events) { return Add(kind, fd, events, fd); }
  void Dispatch(uint64_t tag, uint32_t events);
  void ReadSignals();
  void ChildEnded(pid_t pid);
  void BeginStop();
  void CheckLaunches(int64_t now_ns);
  // Milliseconds for epoll_wait.
  int WaitTime(int64_t now_ns) const;
  bool Finished(int64_t now_ns);

  const Timing timing_;
  std::function<void()> hangup_;
  const UniqueFd epoll_;
  const UniqueFd signals_;
  const UniqueFd timer_;
  JobController* controller_ = nullptr;
  LauncherPool* pool_ = nullptr;
  AgentLink* link_ = nullptr;
  Outbox* outbox_ = nullptr;
  int64_t next_launch_check_ns_;
  int64_t idle_since_ns_ = 0;
  int64_t next_reaping_ns_;  // kNoDeadline: nothing can be left to reap.
  int64_t stop_by_ns_;       // kNoDeadline: not stopping.
  int64_t flush_by_ns_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_SUPERVISOR_H_
