#include "client/retry_schedule.h"

#include <algorithm>

namespace proctor {

RetrySchedule::RetrySchedule(const RetryPolicy& policy, absl::Duration now)
    : policy_(policy), heard_(now), backoff_(policy.initial_backoff) {}

void RetrySchedule::Heard(absl::Duration now) {
  heard_ = now;
  backoff_ = policy_.initial_backoff;
}

absl::optional<absl::Duration> RetrySchedule::NextPause(absl::Duration now, absl::Duration window,
                                                        double fraction) {
  const absl::Duration left = heard_ + window - now;
  if (left <= absl::ZeroDuration()) return absl::nullopt;
  const absl::Duration pause = backoff_ * (1.0 - 0.25 * fraction);
  backoff_ = std::min(backoff_ * 2, policy_.max_backoff);
  return std::min(pause, left);
}

}  // namespace proctor
