#ifndef PROCTOR_CLIENT_SESSION_LEASE_H_
#define PROCTOR_CLIENT_SESSION_LEASE_H_

#include <grpcpp/client_context.h>

#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "common/mutex.h"
#include "proctor/v1/authentication.grpc.pb.h"

namespace proctor {

// One Authenticate stream: the handshake, and then the lease of its session. Either side may end
// it. Thread-safe.
//
// Has a thread of its own, which mostly sleeps in a read. gRPC's callback API would need none, but
// its queue is not safe to take down at the end of a process (a failed assertion, now and then, in
// 1.51).
class SessionLease {
 public:
  // Sends `request` as the first message. `stub` must outlive AwaitSession().
  SessionLease(v1::Authentication::Stub& stub, v1::AuthenticateRequest request);
  // Ends the session.
  ~SessionLease();
  SessionLease(const SessionLease&) = delete;
  SessionLease& operator=(const SessionLease&) = delete;

  // The agent's answer, or the error that the stream ended with.
  absl::StatusOr<v1::SessionEstablished> AwaitSession(absl::Duration timeout);
  // The stream has not ended, as far as is known here.
  bool open() const;
  // Ends the session, without waiting for anything.
  void Close() { context_.TryCancel(); }

 private:
  void Hold(v1::Authentication::Stub& stub, const v1::AuthenticateRequest& request);

  grpc::ClientContext context_;
  mutable Mutex mutex_;
  CondVar changed_;
  absl::optional<v1::SessionEstablished> session_ ABSL_GUARDED_BY(mutex_);
  absl::optional<absl::Status> ended_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_SESSION_LEASE_H_
