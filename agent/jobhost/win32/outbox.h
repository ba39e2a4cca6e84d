#ifndef PROCTOR_AGENT_JOBHOST_WIN32_OUTBOX_H_
#define PROCTOR_AGENT_JOBHOST_WIN32_OUTBOX_H_

#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "agent/jobhost/win32/job.h"
#include "common/mutex.h"
#include "common/win32/message_pipe.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// What is to be sent to the agent, in order. A job is in it at most once, and its report is built
// when its turn comes, so a slow agent gets fewer and newer reports, and nobody waits for it. Any
// thread may flush; one at a time sends, for all. Thread-safe.
class Outbox {
 public:
  // Builds a complete report. Called without the outbox's lock.
  using Builder = std::function<JobReport(const Job&)>;

  explicit Outbox(Builder builder) : builder_(std::move(builder)) {}

  // Everything from now on goes there; what waited for the former connection is dropped, since an
  // inventory follows. Null: nobody is there, and nothing is kept.
  void Connect(std::shared_ptr<MessagePipe> pipe);
  void Add(const std::shared_ptr<Job>& job);
  void Add(ToAgent message);
  // Never blocks. To be called again when the pipe has taken what it got.
  void Flush();
  bool connected() const;
  // Nothing is left here or in the pipe.
  bool empty() const;

 private:
  struct Entry {
    std::shared_ptr<Job> job;  // Null: `message`.
    ToAgent message;
  };

  void Clear() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Builder builder_;
  mutable Mutex mutex_;
  std::shared_ptr<MessagePipe> pipe_ ABSL_GUARDED_BY(mutex_);
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  bool sending_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_WIN32_OUTBOX_H_
