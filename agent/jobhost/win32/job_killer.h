#ifndef PROCTOR_AGENT_JOBHOST_WIN32_JOB_KILLER_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_JOB_KILLER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "agent/jobhost/win32/break_sender.h"
#include "agent/jobhost/win32/job.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// As in the messages, which speak of signals on every platform: the first two ask (Ctrl-C,
// Ctrl-Break), the last terminates.
constexpr int kSignalInterrupt = 2;
constexpr int kSignalKill = 9;
constexpr int kSignalTerminate = 15;

// From the first termination of the tree to the report that it did not work.
constexpr int64_t kConfirmNs = 30LL * 1000 * 1000 * 1000;

struct KillRequest {
  Cause cause = CAUSE_UNSPECIFIED;
  int signal = 0;  // 0: Ctrl-Break.
  uint64_t grace_ns = 0;
};

// Request, grace period, the whole tree, confirmation: the way a job's end is driven. All functions
// want the job's lock held. Times are monotonic nanoseconds.
class JobKiller {
 public:
  // The first request's cause and signal count; a later one may only shorten the grace period. A
  // job without a process yet remembers the request for Drive.
  void Request(Job* job, const KillRequest& request, int64_t now_ns);
  // The main process has gone and left others behind: ends them unless the job keeps its tree.
  void KillRest(Job* job, int64_t now_ns);
  // Does what is due. True when the job's report has changed.
  bool Drive(Job* job, int64_t now_ns);
  // Delivers a Signal request. ERROR_NOT_FOUND when its target has ended, ERROR_NOT_SUPPORTED for
  // signals that Windows has nothing like.
  absl::Status Deliver(Job* job, int signal, Signal::Target target);

  // When Drive wants to be called next; kNoDeadline: never.
  static int64_t NextDeadline(const Job& job);

 private:
  void Begin(Job* job, int64_t now_ns);
  void Force(Job* job, int64_t now_ns);
  void Ask(const Job& job, int signal, bool close_windows);

  BreakSender sender_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_JOB_KILLER_H_
