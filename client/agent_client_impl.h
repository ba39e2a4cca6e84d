#ifndef PROCTOR_CLIENT_AGENT_CLIENT_IMPL_H_
#define PROCTOR_CLIENT_AGENT_CLIENT_IMPL_H_

#include <grpcpp/client_context.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <type_traits>
#include <utility>

#include "client/agent_client.h"
#include "client/agent_connection.h"
#include "client/retry_loop.h"
#include "client/session_holder.h"
#include "client/session_keeper.h"
#include "client/status_from_grpc.h"
#include "common/mutex.h"
#include "proctor/v1/agent.grpc.pb.h"
#include "proctor/v1/authentication.grpc.pb.h"

namespace proctor {

// The gRPC side of AgentClient: one attempt of a call, and calls with their attempts. Thread-safe.
class AgentClient::Impl {
 public:
  // To callers whom the kernel names.
  Impl(ClientOptions options, std::shared_ptr<grpc::Channel> channel)
      : options_(std::move(options)),
        connection_(std::make_shared<AgentConnection>(std::move(channel))) {}
  // Over TLS: the connection is made, and made anew, by calls.
  Impl(ClientOptions options, std::unique_ptr<SessionHolder> sessions)
      : options_(std::move(options)), sessions_(std::move(sessions)) {}

  const ClientOptions& options() const { return options_; }
  // An error when no session could be opened.
  absl::StatusOr<std::shared_ptr<grpc::Channel>> channel(const CallOptions& options);
  absl::optional<ServerIdentity> server_identity() const;
  absl::optional<DelegationResult> delegation() const;
  // The one to call on; within an attempt never null.
  std::shared_ptr<AgentConnection> connection() const;

  // Renews the session in time as long as somebody holds it; null without TLS.
  std::shared_ptr<SessionKeeper> KeepSession();

  RetryLoop NewLoop(const CallOptions& call, Repeat repeat);

  // One attempt: `call` gets a context that carries the loop's deadline and cancellation. It is
  // called a second time when the agent has refused the session, and with it the call.
  absl::Status Attempt(RetryLoop& loop,
                       const std::function<grpc::Status(grpc::ClientContext*)>& call);

  // A unary call with its attempts.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Unary(grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&,
                                                           Response*),
                                 const Request& request, RetryLoop& loop) {
    for (;;) {
      Response response;
      absl::Status status = Attempt(loop, [&](grpc::ClientContext* context) {
        const std::shared_ptr<AgentConnection> connection = this->connection();
        return (StubOf<Stub>(*connection).*rpc)(context, request, &response);
      });
      if (status.ok()) return response;
      status = loop.Next(status);
      if (!status.ok()) return status;
    }
  }
  // An idempotent call of the Agent service.
  template <typename Request, typename Response>
  absl::StatusOr<Response> Repeatable(grpc::Status (v1::Agent::Stub::*rpc)(grpc::ClientContext*,
                                                                           const Request&,
                                                                           Response*),
                                      const Request& request, const CallOptions& options) {
    RetryLoop loop = NewLoop(options, Repeat::kIdempotent);
    return Unary(rpc, request, loop);
  }

  // DATA_LOSS when the agent no longer knows the job, otherwise what the attempts came to.
  absl::Status CheckJobExists(const std::string& job_id, RetryLoop& loop);

  // A server stream, one attempt: `on_message` gets every message and returns a status that is not
  // OK to break the stream off with it. It calls loop.Heard() for what is new: an agent that only
  // repeats itself before it fails again must not be asked for ever. `ended`, where it is not null,
  // is what the stream itself ended with; it stays as it is when none was begun, for want of a
  // session.
  template <typename Response, typename Start>
  absl::Status Stream(RetryLoop& loop, Start start,
                      const std::function<absl::Status(Response*)>& on_message,
                      grpc::Status* ended = nullptr) {
    absl::Status broken_off;
    absl::Status status = Attempt(loop, [&](grpc::ClientContext* context) {
      auto reader = start(context);
      Response response;
      while (reader->Read(&response)) {
        loop.Reached();
        broken_off = on_message(&response);
        if (!broken_off.ok()) {
          context->TryCancel();
          break;
        }
      }
      const grpc::Status finished = reader->Finish();
      if (ended != nullptr) *ended = finished;
      return finished;
    });
    return broken_off.ok() ? status : broken_off;
  }

 private:
  template <typename Stub>
  static Stub& StubOf(const AgentConnection& connection) {
    if constexpr (std::is_same_v<Stub, v1::Agent::Stub>) {
      return connection.agent();
    } else {
      return connection.authentication();
    }
  }

  // Sends the call once.
  grpc::Status Send(RetryLoop& loop, const std::function<grpc::Status(grpc::ClientContext*)>& call);
  // Over TLS: makes connection() one with a session; as long as the loop's call may wait.
  absl::StatusOr<std::shared_ptr<TlsConnection>> OpenSession(const RetryLoop& loop);

  const ClientOptions options_;
  const std::unique_ptr<SessionHolder> sessions_;  // Null without TLS.
  mutable Mutex mutex_;
  std::shared_ptr<AgentConnection> connection_ ABSL_GUARDED_BY(mutex_);
  std::shared_ptr<TlsConnection> tls_connection_
      ABSL_GUARDED_BY(mutex_);  // The same, if it is one.
  std::weak_ptr<SessionKeeper> keeper_ ABSL_GUARDED_BY(mutex_);
  std::atomic<bool> reached_{false};
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_AGENT_CLIENT_IMPL_H_
