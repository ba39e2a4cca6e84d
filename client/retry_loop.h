#ifndef PROCTOR_CLIENT_RETRY_LOOP_H_
#define PROCTOR_CLIENT_RETRY_LOOP_H_

#include <atomic>
#include <stop_token>

#include "absl/status/status.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/call_options.h"
#include "client/client_options.h"
#include "client/retry_schedule.h"
#include "common/clock.h"

namespace proctor {

// Whether a call may be sent a second time.
enum class Repeat { kNever, kIdempotent };

// The attempts of one call: its deadline, its cancellation and the pauses between attempts. Belongs
// to the thread of the call.
class RetryLoop {
 public:
  // `reached` tells whether any call of the client has reached the agent; shared by the client's
  // calls, set by Heard() and Reached(). All pointers must outlive the loop.
  RetryLoop(const ClientOptions& options, const CallOptions& call, Repeat repeat,
            std::atomic<bool>* reached, Clock* clock);

  // The agent is there: it answered, or sent a message of the stream. The window starts anew.
  void Heard();
  // The agent is there, but refused this call: later failures are failures of a live agent.
  void Reached();

  // After an attempt that failed: OK, after a pause, when there should be another; otherwise what
  // the call is to return. CANCELLED only when the caller asked for it: without, it is taken for a
  // broken connection, as UNAVAILABLE.
  absl::Status Next(const absl::Status& failure);

  // Attempts that failed so far.
  int failures() const { return failures_; }
  // What is left of the deadline, possibly negative; empty when there is none.
  absl::optional<absl::Duration> Remaining() const;
  // How long this attempt may take to open a session: what is left of the deadline and, until the
  // agent has been reached, of the connect timeout; `usual` without one. Not negative.
  absl::Duration SessionTimeout(absl::Duration usual) const;
  bool cancelled() const { return stop_.stop_requested(); }
  std::stop_token stop() const { return stop_; }

 private:
  void Sleep(absl::Duration pause) const;

  const absl::Duration retry_window_;
  const absl::Duration connect_window_;
  const Repeat repeat_;
  std::atomic<bool>* const reached_;
  Clock* const clock_;
  const std::stop_token stop_;
  const absl::Duration start_;  // On the monotonic clock, and so is the next.
  const absl::optional<absl::Duration> end_;
  RetrySchedule schedule_;
  int failures_ = 0;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_RETRY_LOOP_H_
