#include "agent/rpc/authenticate_call.h"

#include <grpc/support/time.h>

#include <utility>
#include <vector>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "agent/job/field_error.h"
#include "agent/rpc/authentication_audit.h"
#include "agent/rpc/error_details.h"
#include "common/erase_secret.h"
#include "common/log.h"
#include "common/proto_time.h"
#include "common/ticket_proof.h"

namespace proctor {
namespace {

// Of all mechanisms; each has closer bounds of its own.
constexpr int kMaxLegs = 16;

gpr_timespec FromNow(absl::Duration duration) {
  return gpr_time_add(gpr_now(GPR_CLOCK_MONOTONIC),
                      gpr_time_from_nanos(absl::ToInt64Nanoseconds(duration), GPR_TIMESPAN));
}

}  // namespace

AuthenticateCall* AuthenticateCall::Start(const SessionTerms& terms,
                                          const grpc::CallbackServerContext& context) {
  std::shared_ptr<AuthenticateCall> call(new AuthenticateCall(terms, context.peer()));
  call->self_ = call;
  call->Begin();
  return call.get();
}

AuthenticateCall::AuthenticateCall(const SessionTerms& terms, std::string peer)
    : terms_(terms), peer_(std::move(peer)) {}

void AuthenticateCall::Begin() {
  absl::Status entered = terms_.connections->StrangerCalls(peer_);
  if (entered.ok()) entered = terms_.bounds->Enter(peer_);
  if (!entered.ok()) return End(entered);
  {
    MutexLock lock(&mutex_);
    counted_ = true;
  }
  SetAlarm(&handshake_alarm_, terms_.bounds->options().max_time,
           absl::DeadlineExceededError("authentication took too long"));
  StartRead(&request_);
}

void AuthenticateCall::SetAlarm(grpc::Alarm* alarm, absl::Duration after, absl::Status status) {
  alarm->Set(FromNow(after),
             [held = shared_from_this(), status = std::move(status)](bool fired) mutable {
               // The alarm keeps this function as long as it lives, and the call owns the alarm.
               const std::shared_ptr<AuthenticateCall> call = std::move(held);
               if (fired) call->End(status);
             });
}

void AuthenticateCall::OnReadDone(bool ok) {
  bool open = false;
  {
    MutexLock lock(&mutex_);
    open = !session_id_.empty();
  }
  // The client's end of the stream is the regular end of a session.
  if (!ok) return End(open ? absl::OkStatus() : absl::CancelledError("the client gave up"));
  if (open) return End(absl::InvalidArgumentError("the session is open; nothing more to say"));
  Continue();
}

void AuthenticateCall::OnWriteDone(bool ok) {
  if (!ok) return End(absl::CancelledError("the client is gone"));
  MutexLock lock(&mutex_);
  // The session's own message is followed by a read already.
  if (!finished_ && session_id_.empty()) StartRead(&request_);
}

void AuthenticateCall::OnCancel() { End(absl::CancelledError("the client is gone")); }

void AuthenticateCall::OnDone() {
  // Their callbacks hold the call.
  handshake_alarm_.Cancel();
  life_alarm_.Cancel();
  const std::shared_ptr<AuthenticateCall> last = std::move(self_);
}

absl::Status AuthenticateCall::Choose(const v1::AuthenticateRequest& request) {
  std::vector<absl::string_view> names;
  Mechanism* chosen = nullptr;
  for (Mechanism* mechanism : terms_.mechanisms) {
    names.push_back(mechanism->name());
    if (mechanism->name() == request.mechanism()) chosen = mechanism;
  }
  if (chosen == nullptr) {
    return absl::UnimplementedError(
        absl::StrCat("no mechanism '", request.mechanism().substr(0, 32),
                     "' here; there is: ", names.empty() ? "none" : absl::StrJoin(names, ", ")));
  }
  {
    MutexLock lock(&mutex_);
    mechanism_ = std::string(chosen->name());
  }
  if (request.client_nonce().size() != kNonceSize) {
    return FieldError("client_nonce", absl::StrCat("must be ", kNonceSize, " bytes"));
  }
  if (!terms_.bindings->Accepts(request.binding())) {
    return absl::UnauthenticatedError(
        "the client saw another certificate than the agent's: somebody stands between them");
  }
  handshake_ = chosen->Begin({peer_, request.binding(), request.client_nonce()});
  return absl::OkStatus();
}

void AuthenticateCall::Continue() {
  v1::AuthenticateRequest request;
  request.Swap(&request_);
  // Of what is refused before anybody takes it.
  const absl::Cleanup erase = [&request] {
    if (request.has_logon()) EraseSecret(request.mutable_logon()->mutable_password());
  };
  if (request.ByteSizeLong() > terms_.bounds->options().max_message_bytes) {
    return End(absl::InvalidArgumentError("the request is longer than a handshake's may be"));
  }
  if (++legs_ > kMaxLegs) {
    return End(absl::InvalidArgumentError("the handshake has more messages than it may have"));
  }
  if (handshake_ == nullptr) {
    if (absl::Status chosen = Choose(request); !chosen.ok()) return End(chosen);
  }
  {
    MutexLock lock(&mutex_);
    if (finished_) return;
    stepping_ = true;
  }
  handshake_->Continue(std::move(request),
                       [call = shared_from_this()](absl::StatusOr<HandshakeStep> step) {
                         call->OnStep(std::move(step));
                       });
}

void AuthenticateCall::OnStep(absl::StatusOr<HandshakeStep> step) {
  const bool opens = step.ok() && step->caller != nullptr;
  absl::optional<absl::Status> end;
  {
    MutexLock lock(&mutex_);
    if (finished_) end = end_;
    stepping_ = opens && !finished_;  // Opening is part of the step.
  }
  // Whoever does not wait for the answer is in the audit log all the same.
  if (end.has_value()) return Conclude(step.ok() ? *end : step.status());
  if (!step.ok()) return End(step.status());
  if (opens) return Open(*std::move(step));
  MutexLock lock(&mutex_);
  if (finished_) return;
  response_ = std::move(step->response);
  // The next read comes after this write, so that a client that does not wait for its turn cannot
  // have the response overwritten.
  StartWrite(&response_);
}

void AuthenticateCall::Open(HandshakeStep step) {
  absl::StatusOr<v1::SessionEstablished> session = Establish(std::move(step));
  handshake_alarm_.Cancel();
  LeaveBounds();
  absl::optional<absl::Status> end;
  {
    MutexLock lock(&mutex_);
    stepping_ = false;
    if (finished_) end = end_;
    if (session.ok()) session_id_ = session->session_id();
    if (session.ok() && !finished_) {
      SetAlarm(&life_alarm_, FromDurationProto(session->life()),
               absl::UnauthenticatedError("the session's life is over: authenticate anew"));
      response_.Clear();
      *response_.mutable_session() = *std::move(session);
      StartWrite(&response_);
      StartRead(&request_);
      return;
    }
  }
  // Cancelled or timed out meanwhile: nobody else ends the session that was opened.
  if (end.has_value()) return Conclude(*end);
  End(session.status());
}

absl::StatusOr<v1::SessionEstablished> AuthenticateCall::Establish(HandshakeStep step) {
  v1::SessionEstablished established = std::move(*step.response.mutable_session());
  const CallerToken& caller = *step.caller;
  *established.mutable_principal() = caller.principal()->proto();
  established.set_mechanism(caller.mechanism());
  *established.mutable_authentication() = caller.authentication();
  absl::StatusOr<NewSession> session =
      terms_.sessions->Create(step.caller, {terms_.listener, peer_});
  if (!session.ok()) return session.status();
  {
    MutexLock lock(&mutex_);
    principal_key_ = caller.principal()->key();
  }
  terms_.connections->SessionOpened(peer_, caller.principal()->key());
  AuditSessionOpened(caller, peer_, session->life);
  established.set_session_id(session->id);
  SetTimestampProto(session->expires, established.mutable_expires());
  SetDurationProto(session->life, established.mutable_life());
  return established;
}

void AuthenticateCall::LeaveBounds() {
  {
    MutexLock lock(&mutex_);
    if (!std::exchange(counted_, false)) return;
  }
  terms_.bounds->Leave(peer_);
}

void AuthenticateCall::End(const absl::Status& status) {
  {
    MutexLock lock(&mutex_);
    if (std::exchange(finished_, true)) return;
    end_ = status;
    if (stepping_) return;  // OnStep concludes.
  }
  Conclude(status);
}

void AuthenticateCall::Conclude(const absl::Status& status) {
  std::string session_id;
  std::string principal_key;
  std::string mechanism;
  {
    MutexLock lock(&mutex_);
    session_id = std::move(session_id_);
    principal_key = principal_key_;
    mechanism = mechanism_;
  }
  LeaveBounds();
  if (session_id.empty()) {
    AuditSessionRefused(mechanism, peer_, status);
  } else {
    terms_.sessions->Revoke(session_id);
    terms_.connections->SessionEnded(peer_, principal_key);
    LogInfo("a session from ", peer_, " ended: ", status.ToString());
  }
  Finish(ToGrpcStatus(status));
}

}  // namespace proctor
