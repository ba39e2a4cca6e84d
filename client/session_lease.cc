#include "client/session_lease.h"

#include <utility>

#include "client/status_from_grpc.h"
#include "common/clock.h"

namespace proctor {

std::shared_ptr<SessionLease> SessionLease::Open(v1::Authentication::Stub& stub,
                                                 v1::AuthenticateRequest request) {
  std::shared_ptr<SessionLease> lease(new SessionLease);
  lease->self_ = lease;
  lease->request_ = std::move(request);
  stub.async()->Authenticate(&lease->context_, lease.get());
  lease->StartWrite(&lease->request_);
  lease->StartRead(&lease->response_);
  lease->StartCall();
  return lease;
}

absl::StatusOr<v1::SessionEstablished> SessionLease::AwaitSession(absl::Duration timeout) {
  const absl::Duration end = Clock::Real()->Monotonic() + timeout;
  MutexLock lock(&mutex_);
  while (!session_.has_value() && !ended_.has_value()) {
    const absl::Duration rest = end - Clock::Real()->Monotonic();
    if (rest <= absl::ZeroDuration()) {
      return absl::UnavailableError("the agent did not answer the authentication in time");
    }
    changed_.WaitFor(&mutex_, rest);
  }
  if (!ended_.has_value()) return *session_;
  return ended_->ok() ? absl::UnavailableError("the agent ended the session at once") : *ended_;
}

bool SessionLease::open() const {
  MutexLock lock(&mutex_);
  return !ended_.has_value();
}

void SessionLease::OnReadDone(bool ok) {
  if (!ok) return;  // OnDone tells why.
  {
    MutexLock lock(&mutex_);
    if (!session_.has_value() && response_.has_session()) {
      session_ = std::move(*response_.mutable_session());
      changed_.NotifyAll();
      // No message follows; a pending read lets gRPC notice the end at once.
      StartRead(&response_);
      return;
    }
  }
  Close();  // Not what the protocol says.
}

void SessionLease::OnDone(const grpc::Status& status) {
  const std::shared_ptr<SessionLease> last = std::move(self_);
  MutexLock lock(&mutex_);
  ended_ = StatusFromGrpc(status.error_code(), status.error_message(), status.error_details());
  changed_.NotifyAll();
}

}  // namespace proctor
