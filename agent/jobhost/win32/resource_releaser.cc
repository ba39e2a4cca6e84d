#include "agent/jobhost/win32/resource_releaser.h"

#include <utility>

#include "common/clock.h"

namespace proctor::jobhost {

ResourceReleaser::ResourceReleaser() : thread_([this] { Run(); }) {}

ResourceReleaser::~ResourceReleaser() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    changed_.NotifyAll();
  }
  thread_.join();
}

void ResourceReleaser::Release(SessionResources resources) {
  MutexLock lock(&mutex_);
  queue_.push_back(std::move(resources));
  changed_.NotifyAll();
}

void ResourceReleaser::Run() {
  while (true) {
    SessionResources resources;
    {
      MutexLock lock(&mutex_);
      while (!stopping_ && queue_.empty()) changed_.Wait(&mutex_);
      if (queue_.empty()) {
        ended_ = true;
        changed_.NotifyAll();
        return;
      }
      resources = std::move(queue_.front());
      queue_.pop_front();
    }
  }
}

bool ResourceReleaser::Stop(absl::Duration patience) {
  const absl::Duration deadline = Clock::Real()->Monotonic() + patience;
  MutexLock lock(&mutex_);
  stopping_ = true;
  changed_.NotifyAll();
  while (!ended_) {
    const absl::Duration left = deadline - Clock::Real()->Monotonic();
    if (left <= absl::ZeroDuration()) return false;
    changed_.WaitFor(&mutex_, left);
  }
  return true;
}

}  // namespace proctor::jobhost
