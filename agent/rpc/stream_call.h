#ifndef PROCTOR_AGENT_RPC_STREAM_CALL_H_
#define PROCTOR_AGENT_RPC_STREAM_CALL_H_

#include <grpcpp/support/byte_buffer.h>
#include <grpcpp/support/server_callback.h>

#include <atomic>
#include <cstddef>
#include <memory>
#include <string>
#include <utility>

#include "agent/caller/user_bounds.h"
#include "agent/job/fair_worker.h"
#include "agent/job/job_observer.h"
#include "agent/token/principal.h"
#include "common/mutex.h"
#include "google/protobuf/message_lite.h"

namespace proctor {

inline size_t SizeOf(const google::protobuf::MessageLite& message) {
  return message.ByteSizeLong();
}
inline size_t SizeOf(const grpc::ByteBuffer& message) { return message.Length(); }

// A server-streaming call driven by changes: whenever something may have changed and no write is
// under way, it asks for the next message, on the thread that it was made with and not on the one
// that has something to tell, since that serves everybody. One message is in memory at a time, so a
// client that does not read holds up nobody but itself. Lives until gRPC is done with it.
template <typename Response>
class StreamCall : public grpc::ServerWriteReactor<Response>,
                   public JobObserver,
                   public std::enable_shared_from_this<StreamCall<Response>> {
 public:
  // Keeps the call alive, and counted, until OnDone; call once, before anything else.
  void Own(CallPermit permit) {
    {
      MutexLock lock(&mutex_);
      permit_ = std::move(permit);
    }
    self_ = this->shared_from_this();
  }

  void OnChange() final {
    if (waking_.exchange(true)) return;
    thread_->Add(user_, [call = this->shared_from_this()] {
      call->waking_ = false;  // What changes from here on comes again.
      call->Pump();
      return false;
    });
  }

  void OnWriteDone(bool ok) override {
    {
      MutexLock lock(&mutex_);
      writing_ = false;
      if (!ok) cancelled_ = true;
    }
    Pump();
  }

  void OnCancel() override {
    {
      MutexLock lock(&mutex_);
      cancelled_ = true;
      permit_.Abandon();
    }
    Pump();
  }

  void OnDone() override {
    const std::shared_ptr<StreamCall> last = std::move(self_);
    Release();
  }

 protected:
  // `thread`, on which the caller has its turns, must outlive what notifies the call.
  StreamCall(FairWorker* thread, const Principal& caller) : thread_(thread), user_(caller.key()) {}

  enum class Step { kWrite, kWait, kFinish };

  // The next message, or the status to end with, or nothing yet. Called under mutex_; whatever
  // changes after it decided on kWait must lead to OnChange.
  virtual Step Next(Response* message, grpc::Status* status)
      ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) = 0;
  // Lets go of subscriptions; called once, without mutex_, when gRPC is done.
  virtual void Release() = 0;

  void Pump() {
    const std::shared_ptr<StreamCall> keep = this->shared_from_this();
    grpc::Status status = grpc::Status::CANCELLED;
    {
      MutexLock lock(&mutex_);
      // A cancelled call still waits for its write, which fails soon.
      if (writing_ || finished_) return;
      if (!cancelled_) {
        message_.Clear();
        const Step step = Next(&message_, &status);
        if (step == Step::kWait) {
          // A stream that waits keeps nothing of what it wrote last.
          message_ = Response();
          permit_.Charge(0);
          return;
        }
        if (step == Step::kWrite) {
          writing_ = true;
          // The message, and its serialized form.
          permit_.Charge(2 * SizeOf(message_));
          this->StartWrite(&message_);
          return;
        }
      }
      finished_ = true;
    }
    this->Finish(status);
  }

  void FinishOnce(const grpc::Status& status) {
    {
      MutexLock lock(&mutex_);
      if (finished_) return;
      finished_ = true;
    }
    this->Finish(status);
  }

  // The call has ended, and Release may have been called: nothing that it lets go of may be taken
  // any more.
  bool finished() const ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) { return finished_; }

  // How much of `want` bytes the next message may carry.
  size_t Portion(size_t want) ABSL_EXCLUSIVE_LOCKS_REQUIRED(mutex_) {
    return permit_.Portion(want);
  }

  Mutex mutex_;

 private:
  FairWorker* const thread_;
  const std::string user_;
  std::atomic<bool> waking_ = false;  // OnChange is on its way.
  CallPermit permit_ ABSL_GUARDED_BY(mutex_);
  bool writing_ ABSL_GUARDED_BY(mutex_) = false;
  bool cancelled_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  Response message_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<StreamCall> self_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_STREAM_CALL_H_
