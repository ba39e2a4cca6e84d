#include "client/session_lease.h"

#include <utility>

#include "client/status_from_grpc.h"
#include "common/clock.h"

namespace proctor {

SessionLease::SessionLease(v1::Authentication::Stub& stub, v1::AuthenticateRequest request)
    : thread_([this, &stub, request = std::move(request)] { Hold(stub, request); }) {}

SessionLease::~SessionLease() {
  Close();
  thread_.join();
}

void SessionLease::Hold(v1::Authentication::Stub& stub, const v1::AuthenticateRequest& request) {
  const auto stream = stub.Authenticate(&context_);
  v1::AuthenticateResponse response;
  if (stream->Write(request) && stream->Read(&response)) {
    if (response.has_session()) {
      MutexLock lock(&mutex_);
      session_ = std::move(*response.mutable_session());
      changed_.NotifyAll();
    } else {
      Close();  // A leg of some other mechanism.
    }
    if (stream->Read(&response)) Close();  // Waits for the end: nothing may follow.
  }
  const grpc::Status status = stream->Finish();
  MutexLock lock(&mutex_);
  ended_ = StatusFromGrpc(status.error_code(), status.error_message(), status.error_details());
  changed_.NotifyAll();
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

}  // namespace proctor
