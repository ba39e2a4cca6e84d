#ifndef PROCTOR_TESTS_AGENT_FAKE_CLOCK_H_
#define PROCTOR_TESTS_AGENT_FAKE_CLOCK_H_

#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace proctor {

// A clock that moves when it is told to; wall time and monotonic time move apart on request.
class FakeClock final : public Clock {
 public:
  absl::Time Now() const override {
    MutexLock lock(&mutex_);
    return wall_;
  }
  absl::Duration Monotonic() const override {
    MutexLock lock(&mutex_);
    return monotonic_;
  }
  void Advance(absl::Duration by) {
    MutexLock lock(&mutex_);
    wall_ += by;
    monotonic_ += by;
  }
  // As when somebody sets the machine's clock.
  void StepWall(absl::Duration by) {
    MutexLock lock(&mutex_);
    wall_ += by;
  }

 private:
  mutable Mutex mutex_;
  absl::Time wall_ ABSL_GUARDED_BY(mutex_) = absl::FromUnixSeconds(1'700'000'000);
  absl::Duration monotonic_ ABSL_GUARDED_BY(mutex_) = absl::Seconds(1000);
};

}  // namespace proctor

#endif  // PROCTOR_TESTS_AGENT_FAKE_CLOCK_H_
