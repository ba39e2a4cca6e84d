#ifndef PROCTOR_AGENT_JOB_FAIR_QUEUE_H_
#define PROCTOR_AGENT_JOB_FAIR_QUEUE_H_

#include <deque>
#include <functional>
#include <string>
#include <thread>

#include "absl/container/flat_hash_map.h"
#include "common/mutex.h"

namespace proctor {

// Long work of many users, on one thread, a piece of each user's in turn: whoever has a thousand
// pieces to do waits for them alone. Between the pieces the thread rests for as long as they took,
// so that it takes at most half of a processor, and half of the time of any lock that the pieces
// hold. Thread-safe.
class FairQueue {
 public:
  // Does a bounded piece; true: there is more to do. Runs without a lock.
  using Work = std::function<bool()>;

  FairQueue();
  // Ends the thread after the piece it is at; what is not done never is.
  ~FairQueue();
  FairQueue(const FairQueue&) = delete;
  FairQueue& operator=(const FairQueue&) = delete;

  void Add(const std::string& user, Work work);

 private:
  void Loop();

  Mutex mutex_;
  CondVar changed_;
  // Of each user that has some; `turns_` are their keys, the next first.
  absl::flat_hash_map<std::string, std::deque<Work>> work_ ABSL_GUARDED_BY(mutex_);
  std::deque<std::string> turns_ ABSL_GUARDED_BY(mutex_);
  bool stopping_ ABSL_GUARDED_BY(mutex_) = false;
  std::thread thread_;  // Last: everything above exists before it runs.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_JOB_FAIR_QUEUE_H_
