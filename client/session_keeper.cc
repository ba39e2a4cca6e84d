#include "client/session_keeper.h"

#include <algorithm>
#include <condition_variable>
#include <mutex>

#include "common/clock.h"

namespace proctor {
namespace {

constexpr absl::Duration kTimeout = absl::Seconds(10);
constexpr absl::Duration kPause = absl::Minutes(1);
// The end of a longer sleep may overflow: the agent says how long a session lives.
constexpr absl::Duration kLongestSleep = absl::Hours(1);

// False after `stop`.
bool SleepUntil(absl::Duration end, const std::stop_token& stop) {
  std::mutex mutex;
  std::condition_variable_any wake;
  std::unique_lock<std::mutex> lock(mutex);
  while (!stop.stop_requested()) {
    const absl::Duration rest = end - Clock::Real()->Monotonic();
    if (rest <= absl::ZeroDuration()) return true;
    wake.wait_for(lock, stop, absl::ToChronoNanoseconds(std::min(rest, kLongestSleep)),
                  [] { return false; });
  }
  return false;
}

}  // namespace

SessionKeeper::SessionKeeper(SessionHolder* sessions)
    : sessions_(sessions), thread_([this, stop = stop_.get_token()] { Keep(stop); }) {}

SessionKeeper::~SessionKeeper() {
  stop_.request_stop();
  thread_.join();
}

void SessionKeeper::Keep(const std::stop_token& stop) const {
  absl::Duration not_before;
  while (SleepUntil(std::max(sessions_->RenewalDue(), not_before), stop)) {
    SessionPatience patience;
    patience.timeout = kTimeout;
    patience.stop = stop;
    (void)sessions_->Get(patience);
    const absl::Duration now = Clock::Real()->Monotonic();
    // It failed, or goes on.
    not_before = sessions_->RenewalDue() <= now ? now + kPause : absl::ZeroDuration();
  }
}

}  // namespace proctor
