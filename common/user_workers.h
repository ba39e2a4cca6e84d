#ifndef PROCTOR_COMMON_USER_WORKERS_H_
#define PROCTOR_COMMON_USER_WORKERS_H_

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "common/clock.h"
#include "common/fair_queue.h"
#include "common/mutex.h"
#include "common/timer_queue.h"

namespace proctor {

// The threads for what of a call waits for something that its caller names: a domain controller, a
// profile's server, a file on another machine. Launches, updates and the owner whom a filter names
// go here. Users take turns, and none has more than a few threads, so that a server that is down
// holds up nobody but those who name it; a call is answered in time whether its work has come back
// or not. Thread-safe.
class UserWorkers {
 public:
  struct Options {
    // Made when they are needed.
    int max_threads = 64;
    int max_running_per_user = 8;
    size_t max_waiting_per_user = 256;
    absl::Duration deadline = absl::Seconds(60);  // Of the wait and the work together.
    // What is said of work that does not come back by then, and what to do about it.
    std::string late = "the call could not be prepared";
    std::string advice =
        "something that the call names did not answer the agent: a domain controller, the server "
        "of a profile, a file on another machine";
  };

  UserWorkers(Options options, const Clock* clock);
  // After Stop.
  ~UserWorkers();
  UserWorkers(const UserWorkers&) = delete;
  UserWorkers& operator=(const UserWorkers&) = delete;

  // Calls `done` once, without a lock: with what `work` gives, on one of the threads; with
  // DEADLINE_EXCEEDED, on another, when that takes too long, and what `work` gives later is
  // dropped; with RESOURCE_EXHAUSTED, at once, when too much of this user's waits; with UNAVAILABLE
  // after Stop.
  template <typename T>
  void Run(const std::string& user, std::function<absl::StatusOr<T>()> work,
           std::function<void(absl::StatusOr<T>)> done) {
    const auto answer = std::make_shared<Answer<T>>(std::move(done));
    Add(user, {[answer, work = std::move(work)] {
                 if (answer->wanted()) answer->Give(work());
               },
               [answer](const absl::Status& status) { answer->Give(status); }});
  }

  // Answers everything that has not come back, and waits for the threads. False when one has not
  // come back from the system within `patience`: it may go on to use what its work uses, so that
  // must not go before the process does.
  bool Stop(absl::Duration patience);

 private:
  // Whoever comes first answers.
  template <typename T>
  class Answer {
   public:
    using Done = std::function<void(absl::StatusOr<T>)>;

    explicit Answer(Done done) : done_(std::move(done)) {}
    bool wanted() {
      MutexLock lock(&mutex_);
      return done_ != nullptr;
    }
    void Give(absl::StatusOr<T> result) {
      Done done;
      {
        MutexLock lock(&mutex_);
        done.swap(done_);
      }
      if (done != nullptr) done(std::move(result));
    }

   private:
    Mutex mutex_;
    Done done_ ABSL_GUARDED_BY(mutex_);
  };

  struct Task {
    std::function<void()> work;
    std::function<void(const absl::Status&)> fail;
    TimerQueue::Id timer = 0;
  };
  using TaskPtr = std::shared_ptr<Task>;

  // What the threads share with the pool; a thread that does not come back keeps it.
  struct State {
    State(int per_user, int most) : max_threads(most), queue(per_user) {}
    const int max_threads;
    Mutex mutex;
    CondVar changed;
    FairQueue<std::string, TaskPtr> queue ABSL_GUARDED_BY(mutex);
    std::vector<TaskPtr> running ABSL_GUARDED_BY(mutex);
    int threads ABSL_GUARDED_BY(mutex) = 0;
    size_t idle ABSL_GUARDED_BY(mutex) = 0;
    bool stopping ABSL_GUARDED_BY(mutex) = false;
  };

  using StatePtr = std::shared_ptr<State>;
  using TimersPtr = std::shared_ptr<TimerQueue>;

  void Add(const std::string& user, Task task);
  absl::Status Admit(const std::string& user) ABSL_EXCLUSIVE_LOCKS_REQUIRED(state_->mutex);
  // As many as users could be served by at this moment.
  static void WakeThreads(const StatePtr& state, const TimersPtr& timers)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(state->mutex);
  static void Serve(const StatePtr& state, const TimersPtr& timers);

  const Options options_;
  const StatePtr state_;
  const TimersPtr timers_;
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_USER_WORKERS_H_
