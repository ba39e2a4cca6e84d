#include "agent/rpc/authenticate_call.h"

#include <grpc/support/time.h>
#include <spdlog/spdlog.h>

#include <utility>

#include "absl/strings/str_cat.h"
#include "agent/job/field_error.h"
#include "agent/rpc/error_details.h"
#include "common/proto_time.h"
#include "common/secure_random.h"
#include "common/ticket_proof.h"

namespace proctor {
namespace {

constexpr char kTicketMechanism[] = "ticket";

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
  absl::Status entered = terms_.bounds->Enter(peer_);
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
  Authenticate();
}

void AuthenticateCall::OnWriteDone(bool ok) {
  if (!ok) End(absl::CancelledError("the client is gone"));
}

void AuthenticateCall::OnCancel() { End(absl::CancelledError("the client is gone")); }

void AuthenticateCall::OnDone() {
  // Their callbacks hold the call.
  handshake_alarm_.Cancel();
  life_alarm_.Cancel();
  const std::shared_ptr<AuthenticateCall> last = std::move(self_);
}

void AuthenticateCall::Authenticate() {
  absl::StatusOr<v1::SessionEstablished> session = absl::UnimplementedError(
      absl::StrCat("no mechanism '", request_.mechanism().substr(0, 32),
                   "' here; there is: ", terms_.tickets == nullptr ? "none" : kTicketMechanism));
  if (request_.ByteSizeLong() > terms_.bounds->options().max_message_bytes) {
    session = absl::InvalidArgumentError("the request is longer than a handshake's may be");
  } else if (request_.mechanism() == kTicketMechanism && terms_.tickets != nullptr) {
    session = RedeemTicket();
  }
  request_.Clear();
  if (!session.ok()) return End(session.status());
  handshake_alarm_.Cancel();
  {
    MutexLock lock(&mutex_);
    // Cancelled or timed out meanwhile: nobody will end this session if it is not ended here.
    if (finished_) return terms_.sessions->Revoke(session->session_id());
    session_id_ = session->session_id();
    SetAlarm(&life_alarm_, FromDurationProto(session->life()),
             absl::UnauthenticatedError("the session's life is over: authenticate anew"));
    *response_.mutable_session() = *std::move(session);
    StartWrite(&response_);
    StartRead(&request_);
  }
  LeaveBounds();
}

absl::StatusOr<v1::SessionEstablished> AuthenticateCall::RedeemTicket() {
  if (request_.client_nonce().size() != kNonceSize) {
    return FieldError("client_nonce", absl::StrCat("must be ", kNonceSize, " bytes"));
  }
  if (request_.binding() != terms_.binding) {
    return absl::UnauthenticatedError(
        "the client saw another certificate than the agent's: somebody stands between them");
  }
  absl::StatusOr<RedeemedTicket> ticket =
      terms_.tickets->Redeem(request_.ticket().id(), terms_.binding, request_.client_nonce(),
                             request_.ticket().client_signature());
  if (!ticket.ok()) return ticket.status();
  absl::StatusOr<v1::SessionEstablished> session = Establish(std::move(ticket->caller));
  if (!session.ok()) return session;
  session->set_server_nonce(SecureRandomBytes(kNonceSize));
  session->set_server_signature(ServerTicketProof(
      ticket->secret, terms_.binding, request_.client_nonce(), session->server_nonce()));
  return session;
}

absl::StatusOr<v1::SessionEstablished> AuthenticateCall::Establish(
    std::shared_ptr<const CallerToken> caller) {
  v1::SessionEstablished established;
  *established.mutable_principal() = caller->principal()->proto();
  established.set_mechanism(caller->mechanism());
  *established.mutable_authentication() = caller->authentication();
  const std::string who = caller->principal()->ToString();
  absl::StatusOr<NewSession> session =
      terms_.sessions->Create(std::move(caller), {terms_.listener, peer_});
  if (!session.ok()) return session.status();
  spdlog::info("session of {} from {} by {}", who, peer_, established.mechanism());
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
  std::string session_id;
  {
    MutexLock lock(&mutex_);
    if (std::exchange(finished_, true)) return;
    session_id = std::move(session_id_);
  }
  LeaveBounds();
  if (session_id.empty()) {
    spdlog::warn("refused authentication from {}: {}", peer_, std::string(status.message()));
  } else {
    terms_.sessions->Revoke(session_id);
    spdlog::info("a session from {} ended: {}", peer_, status.ToString());
  }
  Finish(ToGrpcStatus(status));
}

}  // namespace proctor
