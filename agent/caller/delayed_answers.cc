#include "agent/caller/delayed_answers.h"

#include <utility>

namespace proctor {

DelayedAnswers::DelayedAnswers() : thread_([this] { Loop(); }) {}

DelayedAnswers::~DelayedAnswers() {
  {
    MutexLock lock(&mutex_);
    stopping_ = true;
  }
  changed_.NotifyAll();
  thread_.join();
}

void DelayedAnswers::At(absl::Duration when, std::function<void()> answer) {
  MutexLock lock(&mutex_);
  waiting_.emplace(when, std::move(answer));
  changed_.NotifyAll();
}

void DelayedAnswers::Loop() {
  while (true) {
    std::function<void()> answer;
    {
      MutexLock lock(&mutex_);
      while (answer == nullptr) {
        if (waiting_.empty()) {
          if (stopping_) return;
          changed_.Wait(&mutex_);
          continue;
        }
        const absl::Duration left = waiting_.begin()->first - Clock::Real()->Monotonic();
        if (left > absl::ZeroDuration() && !stopping_) {
          changed_.WaitFor(&mutex_, left);
          continue;
        }
        answer = std::move(waiting_.begin()->second);
        waiting_.erase(waiting_.begin());
      }
    }
    answer();
  }
}

}  // namespace proctor
