#include "common/detached_thread.h"

#include <memory>
#include <thread>
#include <utility>

#include "common/mutex.h"

namespace proctor {
namespace {

// The work begins when the thread has been detached, so that it cannot end before.
class Start {
 public:
  void Allow() {
    MutexLock lock(&mutex_);
    allowed_ = true;
    changed_.NotifyAll();
  }
  void Await() {
    MutexLock lock(&mutex_);
    while (!allowed_) changed_.Wait(&mutex_);
  }

 private:
  Mutex mutex_;
  CondVar changed_;
  bool allowed_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace

void StartDetachedThread(std::function<void()> work) {
  const auto start = std::make_shared<Start>();
  std::thread([start, work = std::move(work)]() mutable {
    start->Await();
    std::exchange(work, nullptr)();
  }).detach();
  start->Allow();
}

}  // namespace proctor
