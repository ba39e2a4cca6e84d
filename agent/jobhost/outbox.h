#ifndef PROCTOR_AGENT_JOBHOST_OUTBOX_H_
#define PROCTOR_AGENT_JOBHOST_OUTBOX_H_

#include <deque>
#include <functional>
#include <memory>
#include <utility>

#include "agent/jobhost/job.h"
#include "common/linux/seqpacket_socket.h"
#include "common/mutex.h"
#include "proctor/jobhost/jobhost.pb.h"

namespace proctor::jobhost {

// What is to be sent to the agent, in order. A job is in it at most once, and its report is built
// when its turn comes, so a slow agent gets fewer and newer reports, and nobody waits for it. Any
// thread may flush; one at a time sends, for all. Thread-safe.
class Outbox {
 public:
  // Builds a complete report. Called without the outbox's lock.
  using Builder = std::function<JobReport(const Job&)>;
  // The socket is full: call Flush when it is writable.
  using BlockedCallback = std::function<void(const SeqpacketSocket&)>;

  Outbox(Builder builder, BlockedCallback blocked)
      : builder_(std::move(builder)), blocked_callback_(std::move(blocked)) {}

  // Everything from now on goes there; what waited for the former connection is dropped, since an
  // inventory follows. Null: nobody is there, and nothing is kept.
  void Connect(std::shared_ptr<const SeqpacketSocket> socket);
  void Add(const std::shared_ptr<Job>& job);
  void Add(ToAgent message);
  // Never blocks.
  void Flush();
  // The socket was blocked and is writable again.
  void Unblock();
  bool connected() const;
  bool empty() const;

 private:
  struct Entry {
    std::shared_ptr<Job> job;  // Null: `message`.
    ToAgent message;
  };
  enum class Sent { kYes, kBlocked, kBroken };

  Sent Send(const SeqpacketSocket& socket, Entry* entry) const;
  void Clear() ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_);

  const Builder builder_;
  const BlockedCallback blocked_callback_;
  mutable Mutex mutex_;
  std::shared_ptr<const SeqpacketSocket> socket_ ABSL_GUARDED_BY(mutex_);
  std::deque<Entry> entries_ ABSL_GUARDED_BY(mutex_);
  bool sending_ ABSL_GUARDED_BY(mutex_) = false;
  bool blocked_ ABSL_GUARDED_BY(mutex_) = false;
};

}  // namespace proctor::jobhost

#endif  // PROCTOR_AGENT_JOBHOST_OUTBOX_H_
