#include "agent/jobhost/win32/launcher_pool.h"

#include <algorithm>
#include <utility>

#include "common/clock.h"

namespace proctor::jobhost {

void LauncherPool::Start() {
  MutexLock lock(&mutex_);
  for (int i = 0; i < kBaseThreads; ++i) AddThread();
}

void LauncherPool::AddThread() {
  threads_.emplace_back([this] { Run(); });
}

void LauncherPool::Enqueue(const JobPtr& job) {
  MutexLock lock(&mutex_);
  queue_.Push(job->user_sid, job);
  wake_.NotifyOne();
}

void LauncherPool::Grow(int stuck) {
  MutexLock lock(&mutex_);
  const int wanted = std::min(kBaseThreads + stuck, kMaxThreads);
  while (threads_.size() < static_cast<size_t>(wanted)) AddThread();
}

bool LauncherPool::has_waiting() {
  MutexLock lock(&mutex_);
  return queue_.waiting() > 0;
}

void LauncherPool::Run() {
  while (true) {
    absl::optional<std::pair<std::string, JobPtr>> next;
    {
      MutexLock lock(&mutex_);
      while (!stopping_ && !queue_.runnable()) wake_.Wait(&mutex_);
      if (stopping_) return;
      next = queue_.Pop();
      ++launching_;
    }
    LaunchOne(next->second);
    MutexLock lock(&mutex_);
    --launching_;
    queue_.Done(next->first);
    // Stop may wait as well.
    if (queue_.runnable() || stopping_) wake_.NotifyAll();
  }
}

void LauncherPool::LaunchOne(const JobPtr& job) {
  const std::unique_ptr<LaunchOrder> order = controller_->BeginLaunch(job);
  if (order == nullptr) return;
  Launcher launcher(context_, *order, job->key,
                    [this, &job] { return controller_->ConfirmLaunch(job); });
  controller_->EndLaunch(job, launcher.Run(job->accepted_ns));
  outbox_->Flush();
}

bool LauncherPool::Stop(absl::Duration patience) {
  const absl::Duration deadline = Clock::Real()->Monotonic() + patience;
  std::vector<std::thread> threads;
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
    wake_.NotifyAll();
    while (launching_ > 0) {
      const absl::Duration left = deadline - Clock::Real()->Monotonic();
      if (left <= absl::ZeroDuration()) return false;
      wake_.WaitFor(&mutex_, left);
    }
    threads.swap(threads_);
  }
  for (std::thread& thread : threads) thread.join();
  return true;
}

}  // namespace proctor::jobhost
