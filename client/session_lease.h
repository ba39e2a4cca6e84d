#ifndef PROCTOR_CLIENT_SESSION_LEASE_H_
#define PROCTOR_CLIENT_SESSION_LEASE_H_

#include <grpcpp/client_context.h>
#include <grpcpp/support/client_callback.h>

#include <memory>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "common/mutex.h"
#include "proctor/v1/authentication.grpc.pb.h"

namespace proctor {

// One Authenticate stream: the handshake, and then the lease of its session. The stream goes on
// without a thread until either side ends it. Thread-safe.
class SessionLease final
    : public grpc::ClientBidiReactor<v1::AuthenticateRequest, v1::AuthenticateResponse> {
 public:
  // Sends `request` as the first message.
  static std::shared_ptr<SessionLease> Open(v1::Authentication::Stub& stub,
                                            v1::AuthenticateRequest request);

  // The agent's answer, or the error that the stream ended with.
  absl::StatusOr<v1::SessionEstablished> AwaitSession(absl::Duration timeout);
  // The stream has not ended, as far as is known here.
  bool open() const;
  // Ends the session.
  void Close() { context_.TryCancel(); }

  void OnReadDone(bool ok) override;
  void OnDone(const grpc::Status& status) override;

 private:
  SessionLease() = default;

  grpc::ClientContext context_;
  std::shared_ptr<SessionLease> self_;  // Until gRPC is done with it.
  v1::AuthenticateRequest request_;
  v1::AuthenticateResponse response_;  // Of the read under way.

  mutable Mutex mutex_;
  CondVar changed_;
  absl::optional<v1::SessionEstablished> session_ ABSL_GUARDED_BY(mutex_);
  absl::optional<absl::Status> ended_ ABSL_GUARDED_BY(mutex_);
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_SESSION_LEASE_H_
