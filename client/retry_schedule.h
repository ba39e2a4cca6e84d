#ifndef PROCTOR_CLIENT_RETRY_SCHEDULE_H_
#define PROCTOR_CLIENT_RETRY_SCHEDULE_H_

#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/client_options.h"

namespace proctor {

// When the next attempt of one call is due. Time is handed in, as from Clock::Monotonic(). Not
// thread-safe: belongs to the thread of the call.
class RetrySchedule {
 public:
  RetrySchedule(const RetryPolicy& policy, absl::Duration now);

  // The agent answered: the window starts anew, and so does the backoff.
  void Heard(absl::Duration now);

  // The pause before the next attempt, never beyond the end of `window` (counted from the last
  // Heard(), or from the start); empty when the window is over. `fraction` in [0, 1) is the random
  // part.
  absl::optional<absl::Duration> NextPause(absl::Duration now, absl::Duration window,
                                           double fraction);

 private:
  const RetryPolicy policy_;
  absl::Duration heard_;
  absl::Duration backoff_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_RETRY_SCHEDULE_H_
