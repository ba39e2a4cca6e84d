#ifndef PROCTOR_AGENT_CALLER_LOGON_THROTTLE_H_
#define PROCTOR_AGENT_CALLER_LOGON_THROTTLE_H_

#include <cstddef>
#include <cstdint>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace proctor {

// How many passwords may be tried: for each address, and for each account whether it exists or not,
// so many failures a minute. An attempt counts as failed from its beginning until it has turned out
// well, so that many at once are not better than one after the other; and what turned out well
// takes back itself only.
//
// The counters are a table of fixed size, by a hash of an own secret: nobody can make it grow, and
// those that share a counter by accident are refused a little earlier. Thread-safe.
class LogonThrottle {
 public:
  struct Options {
    uint32_t max_failures_per_minute = 10;  // At least 1.
    size_t counters = 1 << 14;              // For addresses, and as many for accounts.
  };
  enum class Verdict { kAdmitted, kAddressExhausted, kAccountExhausted };

  // `clock` must outlive the throttle.
  LogonThrottle(Options options, const Clock* clock);

  // An attempt begins. kAccountExhausted must not be told to the caller: it would say that others
  // try this account.
  Verdict Begin(absl::string_view address, absl::string_view account);
  // An attempt that Begin admitted did not fail.
  void TakeBack(absl::string_view address, absl::string_view account);

 private:
  // Failures that drain away at max_failures_per_minute.
  struct Counter {
    double failures = 0;
    absl::Duration at;  // On the monotonic clock.
  };

  Counter* Find(std::vector<Counter>* counters, absl::string_view key)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Options options_;
  const Clock* const clock_;
  const uint64_t salt_;
  Mutex mutex_;
  std::vector<Counter> addresses_ ABSL_GUARDED_BY(mutex_);
  std::vector<Counter> accounts_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_LOGON_THROTTLE_H_
