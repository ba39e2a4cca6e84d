#ifndef PROCTOR_AGENT_CALLER_DELAYED_ANSWERS_H_
#define PROCTOR_AGENT_CALLER_DELAYED_ANSWERS_H_

#include <functional>
#include <map>
#include <thread>

#include "absl/time/time.h"
#include "common/clock.h"
#include "common/mutex.h"

namespace proctor {

// Answers that are given at a certain time, so that it does not tell what they cost. One thread for
// all of them. Thread-safe.
class DelayedAnswers {
 public:
  DelayedAnswers();
  // Gives those that wait at once.
  ~DelayedAnswers();
  DelayedAnswers(const DelayedAnswers&) = delete;
  DelayedAnswers& operator=(const DelayedAnswers&) = delete;

  // `when`: on the monotonic clock; in the past: at once. `answer` must not block.
  void At(absl::Duration when, std::function<void()> answer);

 private:
  void Loop();

  Mutex mutex_;
  CondVar changed_;
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::multimap<absl::Duration, std::function<void()>> waiting_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_DELAYED_ANSWERS_H_
