#ifndef PROCTOR_CLIENT_SESSION_LEASE_H_
#define PROCTOR_CLIENT_SESSION_LEASE_H_

#include <grpcpp/client_context.h>

#include <memory>
#include <stop_token>
#include <thread>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "client/client_handshake.h"
#include "client/delegation_result.h"
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
  // Sends `first`, what handshake->Begin gave, and goes on as the handshake says. `stub` must
  // outlive AwaitSession().
  SessionLease(v1::Authentication::Stub& stub, v1::AuthenticateRequest first,
               std::unique_ptr<ClientHandshake> handshake);
  // Ends the session.
  ~SessionLease();
  SessionLease(const SessionLease&) = delete;
  SessionLease& operator=(const SessionLease&) = delete;

  // The session, of an agent that has proved itself to the handshake; or the error that the stream
  // or the handshake ended with.
  absl::StatusOr<v1::SessionEstablished> AwaitSession(absl::Duration timeout,
                                                      const std::stop_token& stop);
  // What came of the wish to hand credentials over; empty when there was none, or no session yet.
  absl::optional<DelegationResult> delegation() const;
  // The stream has not ended, as far as is known here.
  bool open() const;
  // Ends the session, without waiting for anything.
  void Close() { context_.TryCancel(); }

 private:
  using Stream = grpc::ClientReaderWriter<v1::AuthenticateRequest, v1::AuthenticateResponse>;

  void Hold(v1::Authentication::Stub& stub, v1::AuthenticateRequest first,
            std::unique_ptr<ClientHandshake> handshake);
  // OK also when the stream has ended: its status says more.
  absl::Status Shake(Stream& stream, v1::AuthenticateRequest request, ClientHandshake& handshake);

  grpc::ClientContext context_;
  mutable Mutex mutex_;
  CondVar changed_;
  absl::optional<v1::SessionEstablished> session_ ABSL_GUARDED_BY(mutex_);
  absl::optional<DelegationResult> delegation_ ABSL_GUARDED_BY(mutex_);
  absl::optional<absl::Status> ended_ ABSL_GUARDED_BY(mutex_);
  std::thread thread_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_SESSION_LEASE_H_
