#include "client/left_behind.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "common/clock.h"
#include "common/detached_thread.h"
#include "common/mutex.h"

namespace proctor {
namespace {

// Stays for the life of the process: threads that were left behind end when they will.
struct Count {
  Mutex mutex;
  int left_behind ABSL_GUARDED_BY(mutex) = 0;
};

Count& LeftBehind() {
  static Count* const count = new Count;
  return *count;
}

// One call, shared by its thread and whoever waits.
struct Call {
  Mutex mutex;
  CondVar changed;
  bool stopped ABSL_GUARDED_BY(mutex) = false;
  bool ended ABSL_GUARDED_BY(mutex) = false;
  bool left_behind ABSL_GUARDED_BY(mutex) = false;
};

void Run(const std::shared_ptr<Call>& call, std::function<void()> work) {
  work();
  work = nullptr;  // What it owns ends before anybody hears that it has ended.
  MutexLock lock(&call->mutex);
  call->ended = true;
  call->changed.NotifyAll();
  if (!call->left_behind) return;
  MutexLock count(&LeftBehind().mutex);
  --LeftBehind().left_behind;
}

absl::Status Stopped() { return absl::CancelledError("nobody waits any more"); }

}  // namespace

absl::Status RunUntil(const std::stop_token& stop, absl::Duration timeout,
                      std::function<void()> work) {
  if (stop.stop_requested()) return Stopped();
  {
    MutexLock count(&LeftBehind().mutex);
    if (LeftBehind().left_behind >= kMostLeftBehind) {
      return absl::UnavailableError(absl::StrCat(
          kMostLeftBehind,
          " earlier attempts still wait for a key distribution centre or a name service"));
    }
  }
  const auto call = std::make_shared<Call>();
  const std::stop_callback on_stop(stop, [call] {
    MutexLock lock(&call->mutex);
    call->stopped = true;
    call->changed.NotifyAll();
  });
  StartDetachedThread([call, work = std::move(work)]() mutable { Run(call, std::move(work)); });
  const absl::Duration end = Clock::Real()->Monotonic() + timeout;
  MutexLock lock(&call->mutex);
  while (!call->ended && !call->stopped) {
    if (timeout == absl::InfiniteDuration()) {
      call->changed.Wait(&call->mutex);
      continue;
    }
    const absl::Duration rest = end - Clock::Real()->Monotonic();
    if (rest <= absl::ZeroDuration()) break;
    call->changed.WaitFor(&call->mutex, rest);
  }
  if (call->ended) return absl::OkStatus();
  call->left_behind = true;
  MutexLock count(&LeftBehind().mutex);
  ++LeftBehind().left_behind;
  if (call->stopped) return Stopped();
  return absl::DeadlineExceededError("it took too long");
}

}  // namespace proctor
