#ifndef PROCTOR_AGENT_JOBHOST_WIN32_JOB_KILLER_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_JOB_KILLER_H_

#include <cstdint>

#include "absl/status/status.h"
#include "agent/jobhost/win32/break_sender.h"
#include "agent/jobhost/win32/job.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// Of the messages' signals kSignalTerminate and this one ask (Ctrl-Break, Ctrl-C).
constexpr int kSignalInterrupt = 2;

// Takes the steps of the job's KillPlan. All functions want the job's lock held. Times are
// monotonic nanoseconds.
class JobKiller {
 public:
  void Request(Job* job, const KillRequest& request, int64_t now_ns);
  // Does what is due. True when the job's report has changed.
  bool Drive(Job* job, int64_t now_ns);
  // Delivers a Signal request. ERROR_NOT_FOUND when its target has ended, ERROR_NOT_SUPPORTED for
  // signals that Windows has nothing like.
  absl::Status Deliver(Job* job, int signal, Signal::Target target);

  // When Drive wants to be called next; kNoDeadline: never.
  static int64_t NextDeadline(const Job& job);

 private:
  void Take(KillPlan::Step step, const Job& job);
  void Ask(const Job& job, int signal, bool close_windows);

  BreakSender sender_;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_JOB_KILLER_H_
