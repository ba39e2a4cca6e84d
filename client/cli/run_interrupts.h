#ifndef PROCTOR_CLIENT_CLI_RUN_INTERRUPTS_H_
#define PROCTOR_CLIENT_CLI_RUN_INTERRUPTS_H_

#include <string>
#include <thread>
#include <vector>

#include "client/cancellation.h"
#include "client/cli/session.h"
#include "common/mutex.h"

namespace proctor::cli {

// What Ctrl-C does to a running job: the first asks it to end (Kill with the spec's signal and
// grace period), the second kills its tree at once, the third gives up waiting. An interrupt that
// comes before the job is known counts once it is. Where Kill cannot be had (the ticket has ended,
// and with it the session, which the open call outlives) the end of the call ends the job, if that
// is what its end does; otherwise the next interrupt gives up waiting. Thread-safe.
class RunInterrupts {
 public:
  // Both must outlive this. `run` is the cancellation of the Run. The session's client must exist
  // by the time the job is known.
  RunInterrupts(Session* session, Cancellation* run) : session_(session), run_(run) {}
  // Ends the Kill calls that are still waiting; the job has ended, or is given up.
  ~RunInterrupts();

  // Whether the agent ends the job when the Run ends.
  void SetEndsWithCaller(bool ends);
  void JobLaunched(const std::string& job_id);
  void Interrupt(int signal);

  // 128 + the last signal that interrupted, 0 when none did.
  int exit_code() const;

 private:
  void StartKill(bool forced) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);
  void Kill(const std::string& job_id, bool forced);
  void KillFailed(const absl::Status& status, const std::string& job_id);

  Session* const session_;
  Cancellation* const run_;
  Cancellation kills_;
  mutable Mutex mutex_;
  std::string job_id_ ABSL_GUARDED_BY(mutex_);
  bool ends_with_caller_ ABSL_GUARDED_BY(mutex_) = false;
  bool cannot_kill_ ABSL_GUARDED_BY(mutex_) = false;
  int interrupts_ ABSL_GUARDED_BY(mutex_) = 0;
  int last_signal_ ABSL_GUARDED_BY(mutex_) = 0;
  std::vector<std::thread> threads_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor::cli

#endif  // PROCTOR_CLIENT_CLI_RUN_INTERRUPTS_H_
