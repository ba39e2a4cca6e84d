#ifndef PROCTOR_AGENT_RPC_AUTHENTICATE_CALL_H_
#define PROCTOR_AGENT_RPC_AUTHENTICATE_CALL_H_

#include <grpcpp/alarm.h>
#include <grpcpp/server_context.h>
#include <grpcpp/support/server_callback.h>

#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "agent/caller/mechanism.h"
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
  // Checks the first request and begins the handshake by the mechanism that it names.
  absl::Status Choose(const v1::AuthenticateRequest& request);
  // Hands the request that was read to the handshake.
  void Continue();
  // What the handshake made of it; on any thread.
  void OnStep(absl::StatusOr<HandshakeStep> step);
  void Open(HandshakeStep step);
  absl::StatusOr<v1::SessionEstablished> Establish(HandshakeStep step);
  void SetAlarm(grpc::Alarm* alarm, absl::Duration after, absl::Status status);
  // The handshake is over, well or not: others may authenticate.
  void LeaveBounds();
  // Ends the session, if there is one, and the stream; later ends are ignored. While the handshake
  // takes a step, which cannot be broken off, it waits for that: the listener, and what a stranger
  // may hold of it, are in use until then.
  void End(const absl::Status& status);
  void Conclude(const absl::Status& status);

  const SessionTerms& terms_;
  const std::string peer_;
  std::shared_ptr<AuthenticateCall> self_;
  v1::AuthenticateRequest request_;       // Of the read under way.
  v1::AuthenticateResponse response_;     // Of the write under way.
  std::unique_ptr<Handshake> handshake_;  // Set by the first request, kept to the end.
  int legs_ = 0;                          // Requests taken.
  grpc::Alarm handshake_alarm_;
  grpc::Alarm life_alarm_;

  Mutex mutex_;
  std::string mechanism_ ABSL_GUARDED_BY(mutex_);  // Its name, for the log.
  bool counted_ ABSL_GUARDED_BY(mutex_) = false;
  bool finished_ ABSL_GUARDED_BY(mutex_) = false;
  bool stepping_ ABSL_GUARDED_BY(mutex_) = false;
  absl::Status end_ ABSL_GUARDED_BY(mutex_);           // When finished_.
  std::string session_id_ ABSL_GUARDED_BY(mutex_);     // Empty during the handshake.
  std::string principal_key_ ABSL_GUARDED_BY(mutex_);  // Whose the session is.
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_AUTHENTICATE_CALL_H_
