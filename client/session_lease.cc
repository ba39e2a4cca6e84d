#include "client/session_lease.h"

#include <utility>

#include "client/status_from_grpc.h"
#include "common/clock.h"
#include "common/erase_secret.h"

namespace proctor {
namespace {

constexpr int kMaxLegs = 16;

}  // namespace

SessionLease::SessionLease(v1::Authentication::Stub& stub, v1::AuthenticateRequest first,
                           std::unique_ptr<ClientHandshake> handshake)
    : thread_([this, &stub, first = std::move(first), handshake = std::move(handshake)]() mutable {
        Hold(stub, std::move(first), std::move(handshake));
      }) {}

SessionLease::~SessionLease() {
  Close();
  thread_.join();
}

void SessionLease::Hold(v1::Authentication::Stub& stub, v1::AuthenticateRequest first,
                        std::unique_ptr<ClientHandshake> handshake) {
  const auto stream = stub.Authenticate(&context_);
  const absl::Status shaken = Shake(*stream, std::move(first), *handshake);
  handshake = nullptr;  // The session lives for hours.
  if (!shaken.ok()) Close();
  v1::AuthenticateResponse response;
  if (stream->Read(&response)) Close();  // Waits for the end: nothing may follow.
  const grpc::Status status = stream->Finish();
  MutexLock lock(&mutex_);
  ended_ = shaken.ok()
               ? StatusFromGrpc(status.error_code(), status.error_message(), status.error_details())
               : shaken;
  changed_.NotifyAll();
}

absl::Status SessionLease::Shake(Stream& stream, v1::AuthenticateRequest request,
                                 ClientHandshake& handshake) {
  v1::AuthenticateResponse response;
  for (int legs = 0; legs < kMaxLegs; ++legs) {
    const bool written = stream.Write(request);
    if (request.has_logon()) EraseSecret(request.mutable_logon()->mutable_password());
    if (!written || !stream.Read(&response)) return absl::OkStatus();
    if (response.has_session()) {
      if (absl::Status proved = handshake.Conclude(response.session()); !proved.ok()) return proved;
      MutexLock lock(&mutex_);
      delegation_ = handshake.delegation();
      session_ = std::move(*response.mutable_session());
      changed_.NotifyAll();
      return absl::OkStatus();
    }
    absl::StatusOr<v1::AuthenticateRequest> next = handshake.Continue(response);
    if (!next.ok()) return next.status();
    request = *std::move(next);
  }
  return absl::UnauthenticatedError("the handshake does not come to an end");
}

absl::StatusOr<v1::SessionEstablished> SessionLease::AwaitSession(absl::Duration timeout,
                                                                  const std::stop_token& stop) {
  const std::stop_callback on_stop(stop, [this] {
    MutexLock lock(&mutex_);
    changed_.NotifyAll();
  });
  const absl::Duration end = Clock::Real()->Monotonic() + timeout;
  MutexLock lock(&mutex_);
  while (!session_.has_value() && !ended_.has_value()) {
    if (stop.stop_requested()) return absl::CancelledError("nobody waits any more");
    const absl::Duration rest = end - Clock::Real()->Monotonic();
    if (rest <= absl::ZeroDuration()) {
      return absl::UnavailableError("the agent did not answer the authentication in time");
    }
    changed_.WaitFor(&mutex_, rest);
  }
  if (!ended_.has_value()) return *session_;
  return ended_->ok() ? absl::UnavailableError("the agent ended the session at once") : *ended_;
}

absl::optional<DelegationResult> SessionLease::delegation() const {
  MutexLock lock(&mutex_);
  return delegation_;
}

bool SessionLease::open() const {
  MutexLock lock(&mutex_);
  return !ended_.has_value();
}

}  // namespace proctor
