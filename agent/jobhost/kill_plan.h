#ifndef PROCTOR_AGENT_JOBHOST_KILL_PLAN_H_
#define PROCTOR_AGENT_JOBHOST_KILL_PLAN_H_

#include <cstdint>

#include "agent/jobhost/deadline.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// As in the messages, which speak of signals on every platform.
constexpr int kSignalKill = 9;
constexpr int kSignalTerminate = 15;

// Somebody wants the job's end, or its timeout does, or what its main process has left behind is to
// end.
struct KillRequest {
  Cause cause = CAUSE_UNSPECIFIED;
  int signal = 0;  // 0: kSignalTerminate.
  uint64_t grace_ns = 0;
};

// The way of a job's end: a signal, a grace period, the whole tree by force and again while it is
// not empty, and the report that this did not work. It knows no operating system: each event gives
// the step that whoever has the processes takes now. Times are monotonic nanoseconds. Not
// thread-safe.
class KillPlan {
 public:
  enum class Step {
    kNothing,
    kSignal,      // signal() to the main process's group; to all that is left when that has gone.
    kSignalRest,  // signal() to all but the main process's group, which has had it.
    kForce,       // Ends the whole tree.
  };

  // From the first kForce to the report that it did not work.
  static constexpr int64_t kConfirmNs = 30LL * 1000 * 1000 * 1000;

  // The first request's cause and signal count; a later one may only shorten the grace period, or
  // have Unconfirmed() told again. One that comes before Started() is due then.
  [[nodiscard]] Step Request(const KillRequest& request, int64_t now_ns);
  // There is a process since then. `timeout_ns`: 0 for none.
  void Started(int64_t started_ns, uint64_t timeout_ns);
  // The main process has gone and left others behind, which meet `request` unless `keep` and nobody
  // wants them gone.
  [[nodiscard]] Step RestLeft(const KillRequest& request, bool keep, int64_t now_ns);
  // What the clock asks for. `timeout`: what is requested when the time is over.
  [[nodiscard]] Step Due(const KillRequest& timeout, int64_t now_ns);
  // Whether the tree was to be empty by now. True once: then Unconfirmed() is told what there is.
  [[nodiscard]] bool ConfirmIsOver(int64_t now_ns);
  void Unconfirmed(int64_t processes_left);
  // The tree is empty, so force has nothing to do. Its output may not be at its end yet, which
  // ConfirmIsOver() goes on to watch.
  void TreeEmptied(int64_t now_ns);
  // The job has ended, or never began: nothing is due any more.
  void Ended();

  // When Due() or ConfirmIsOver() wants to be called next; kNoDeadline: never.
  int64_t NextDeadline() const;

  // Why the job ends. The first one stays.
  void SetCause(Cause cause);
  Cause cause() const { return cause_; }
  bool requested() const { return requested_; }
  // A launch that is under way is given up.
  bool GraceIsOver(int64_t now_ns) const { return requested_ && grace_end_ns_ <= now_ns; }
  int signal() const { return signal_; }
  bool unconfirmed() const { return unconfirmed_; }
  int64_t processes_left() const { return processes_left_; }

 private:
  Step Begin(int64_t now_ns);
  Step Force(int64_t now_ns);
  // Where it has been told that the end is not confirmed.
  void AwaitConfirmation(int64_t now_ns);

  Cause cause_ = CAUSE_UNSPECIFIED;
  bool runs_ = false;       // There is, or was, a process.
  bool requested_ = false;  // Somebody wants the tree gone.
  bool begun_ = false;      // The signal was sent.
  bool forced_ = false;     // The whole tree was killed.
  bool emptied_ = false;    // Nothing is left of the tree.
  bool ended_ = false;
  int signal_ = 0;
  int64_t timeout_at_ns_ = kNoDeadline;
  int64_t grace_end_ns_ = kNoDeadline;
  int64_t confirm_by_ns_ = kNoDeadline;
  int64_t next_try_ns_ = kNoDeadline;
  int64_t retry_ns_ = 0;
  bool unconfirmed_ = false;
  int64_t processes_left_ = 0;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_KILL_PLAN_H_
