#include "agent/caller/handshake_workers.h"

#include <utility>

namespace proctor {

HandshakeWorkers::HandshakeWorkers(size_t threads, size_t max_waiting) : max_waiting_(max_waiting) {
  for (size_t i = 0; i < threads; ++i) threads_.emplace_back([this] { Loop(); });
}

HandshakeWorkers::~HandshakeWorkers() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  for (std::thread& thread : threads_) thread.join();
}

absl::Status HandshakeWorkers::Run(std::function<void()> work) {
  MutexLock lock(&mutex_);
  if (waiting_.size() >= max_waiting_) {
    return absl::ResourceExhaustedError("too many callers are authenticating at this moment");
  }
  waiting_.push_back(std::move(work));
  changed_.NotifyOne();
  return absl::OkStatus();
}

void HandshakeWorkers::Loop() {
  while (true) {
    std::function<void()> work;
    {
      MutexLock lock(&mutex_);
      while (waiting_.empty() && !stopping_) changed_.Wait(&mutex_);
      if (waiting_.empty()) return;
      work = std::move(waiting_.front());
      waiting_.pop_front();
    }
    work();
  }
}

}  // namespace proctor
