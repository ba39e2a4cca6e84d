#ifndef PROCTOR_AGENT_RPC_AUTHENTICATE_CALL_H_
#define PROCTOR_AGENT_RPC_AUTHENTICATE_CALL_H_

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "agent/rpc/session_terms.h"
#include "common/mutex.h"
#include "proctor/v1/authentication.pb.h"

namespace proctor {

// Authentication.Authenticate on TLS: the handshake, and then the session's lease. Lives until gRPC
// is done with it.
class AuthenticateCall final
    : public grpc::ServerBidiReactor<v1::AuthenticateRequest, v1::AuthenticateResponse>,
      public std::enable_shared_from_this<AuthenticateCall> {
 public:
  // `terms` must outlive the call.
  static AuthenticateCall* Start(const SessionTerms& terms,
                                 const grpc::CallbackServerContext& context);

  void OnReadDone(bool ok) override;
  void OnWriteDone(bool ok) override;
  void OnCancel() override;
  void OnDone() override;

 private:
  AuthenticateCall(const SessionTerms& terms, std::string peer);

  void Begin();
  // Answers the first request.
  void Authenticate();
  absl::StatusOr<v1::SessionEstablished> RedeemTicket();
  absl::StatusOr<v1::SessionEstablished> Establish(std::shared_ptr<const CallerToken> caller);
  void SetAlarm(grpc::Alarm* alarm, absl::Duration after, absl::Status status);
  // The handshake is over, well or not: others may authenticate.
  void LeaveBounds();
  // Ends the session, if there is one, and the stream; later ends are ignored.
  void End(const absl::Status& status);

  const SessionTerms& terms_;
  const std::string peer_;
  std::shared_ptr<AuthenticateCall> self_;
  v1::AuthenticateRequest request_;    // Of the read under way.
  v1::AuthenticateResponse response_;  // Of the write under way.
  grpc::Alarm handshake_alarm_;
  grpc::Alarm life_alarm_;

  Mutex mutex_;
  bool counted_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  std::string session_id_ ABSL_GUARDED_BY(mutex_);  // Empty during the handshake.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_AUTHENTICATE_CALL_H_
