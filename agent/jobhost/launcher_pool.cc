#include "agent/jobhost/launcher_pool.h"

#include <algorithm>
#include <utility>

namespace proctor::jobhost {

absl::Status LauncherPool::Start() {
  for (int i = 0; i < kBaseThreads; ++i) {
    const absl::Status added = AddThread();
    if (!added.ok()) return added;
  }
  return absl::OkStatus();
}

absl::Status LauncherPool::AddThread() {
  absl::StatusOr<std::unique_ptr<Launcher>> launcher = Launcher::Create(context_);
  if (!launcher.ok()) return launcher.status();
  auto slot = std::make_unique<LaunchSlot>();
  // Before the pool's lock: the controller holds its own when it calls Enqueue.
  controller_->AddSlot(slot.get());
  MutexLock lock(&mutex_);
  threads_.emplace_back(
      [this, mine = launcher->get(), its_slot = slot.get()] { Run(mine, its_slot); });
  launchers_.push_back(*std::move(launcher));
  slots_.push_back(std::move(slot));
  return absl::OkStatus();
}

void LauncherPool::Enqueue(const std::shared_ptr<Job>& job) {
  MutexLock lock(&mutex_);
  queue_.Push(job->launch.uid(), job);
  if (queue_.runnable() && idle_ > 0) wake_.NotifyOne();
}

bool LauncherPool::has_waiting() {
  MutexLock lock(&mutex_);
  return queue_.runnable();
}

void LauncherPool::Grow(int stuck) {
  size_t missing = 0;
  {
    MutexLock lock(&mutex_);
    if (!queue_.runnable() || idle_ > 0) return;
    const size_t wanted = static_cast<size_t>(std::min(kMaxThreads, kBaseThreads + stuck));
    missing = wanted - std::min(wanted, threads_.size());
  }
  for (size_t i = 0; i < missing; ++i) {
    // Without another thread the launches wait for one of those there are.
    if (!AddThread().ok()) return;
  }
}

void LauncherPool::Run(Launcher* launcher, LaunchSlot* slot) {
  while (true) {
    absl::optional<std::pair<uid_t, std::shared_ptr<Job>>> next;
    {
      MutexLock lock(&mutex_);
      while (!stopping_ && !(next = queue_.Pop()).has_value()) {
        ++idle_;
        wake_.Wait(&mutex_);
        --idle_;
      }
      if (stopping_) return;
    }
    if (controller_->BeginLaunch(next->second, slot)) {
      controller_->EndLaunch(slot, launcher->Run(*next->second, slot));
      outbox_->Flush();
    }
    MutexLock lock(&mutex_);
    queue_.Done(next->first);
  }
}

void LauncherPool::Stop() {
  std::vector<std::thread> threads;
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    threads.swap(threads_);
  }
  wake_.NotifyAll();
  for (std::thread& thread : threads) thread.join();
}

}  // namespace proctor::jobhost
