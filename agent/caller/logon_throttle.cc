#include "agent/caller/logon_throttle.h"

#include <algorithm>
#include <cstring>
#include <string>

#include "absl/hash/hash.h"
#include "common/secure_random.h"

namespace proctor {
namespace {

uint64_t RandomSalt() {
  uint64_t salt;
  const std::string bytes = SecureRandomBytes(sizeof(salt));
  std::memcpy(&salt, bytes.data(), sizeof(salt));
  return salt;
}

}  // namespace

LogonThrottle::LogonThrottle(Options options, const Clock* clock)
    : options_(options),
      clock_(clock),
      salt_(RandomSalt()),
      addresses_(options.counters),
      accounts_(options.counters) {}

LogonThrottle::Counter* LogonThrottle::Find(std::vector<Counter>* counters, absl::string_view key) {
  Counter& counter = (*counters)[absl::HashOf(salt_, key) % counters->size()];
  const absl::Duration now = clock_->Monotonic();
  const double minutes = absl::FDivDuration(now - counter.at, absl::Minutes(1));
  counter.failures = std::max(0.0, counter.failures - minutes * options_.max_failures_per_minute);
  counter.at = now;
  return &counter;
}

LogonThrottle::Verdict LogonThrottle::Begin(absl::string_view address, absl::string_view account) {
  MutexLock lock(&mutex_);
  const double most = options_.max_failures_per_minute - 1.0;
  Counter* const of_address = Find(&addresses_, address);
  if (of_address->failures > most) return Verdict::kAddressExhausted;
  of_address->failures += 1;
  Counter* const of_account = Find(&accounts_, account);
  if (of_account->failures > most) return Verdict::kAccountExhausted;
  of_account->failures += 1;
  return Verdict::kAdmitted;
}

void LogonThrottle::TakeBack(absl::string_view address, absl::string_view account) {
  MutexLock lock(&mutex_);
  for (Counter* const counter : {Find(&addresses_, address), Find(&accounts_, account)}) {
    counter->failures = std::max(0.0, counter->failures - 1);
  }
}

}  // namespace proctor
