#ifndef PROCTOR_AGENT_JOB_FAIR_WORKER_H_
#define PROCTOR_AGENT_JOB_FAIR_WORKER_H_

#include <functional>
#include <string>
#include <thread>
#include <utility>

#include "absl/types/optional.h"
#include "common/fair_queue.h"
#include "common/mutex.h"

namespace proctor {

// Long work of many users, on one thread, a piece of each user's in turn: whoever has a thousand
// pieces to do waits for them alone. Thread-safe.
class FairWorker {
 public:
  // Does a bounded piece; true: there is more to do. Runs without a lock.
  using Work = std::function<bool()>;

  enum class Pace {
    // Between the pieces the thread rests for as long as they took, so that it takes at most half
    // of a processor, and half of the time of any lock that the pieces hold.
    kHalfOfTheTime,
    kAtOnce,
  };

  explicit FairWorker(Pace pace);
  // Ends the thread after the piece it is at; what is not done never is.
  ~FairWorker();
  FairWorker(const FairWorker&) = delete;
  FairWorker& operator=(const FairWorker&) = delete;

  void Add(const std::string& user, Work work);

 private:
  void Loop();
  // Waits for work. Empty when the thread is to end.
  absl::optional<std::pair<std::string, Work>> Next();

  const Pace pace_;
  Mutex mutex_;
  CondVar changed_;
  FairQueue<std::string, Work> queue_ ABSL_GUARDED_BY(mutex_){1};
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: everything above exists before it runs.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_FAIR_WORKER_H_
