#ifndef PROCTOR_CLIENT_AGENT_CLIENT_IMPL_H_
#define PROCTOR_CLIENT_AGENT_CLIENT_IMPL_H_

#include <grpcpp/channel.h>
#include <grpcpp/client_context.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>

#include "client/agent_client.h"
#include "client/retry_loop.h"
#include "client/status_from_grpc.h"
#include "proctor/v1/agent.grpc.pb.h"
#include "proctor/v1/authentication.grpc.pb.h"

namespace proctor {

// The gRPC side of AgentClient: one attempt of a call, and calls with their attempts. Thread-safe.
class AgentClient::Impl {
 public:
  Impl(ClientOptions options, std::shared_ptr<grpc::Channel> channel)
      : options_(std::move(options)),
        channel_(std::move(channel)),
        agent_(v1::Agent::NewStub(channel_)),
        authentication_(v1::Authentication::NewStub(channel_)) {}

  const ClientOptions& options() const { return options_; }
  const std::shared_ptr<grpc::Channel>& channel() const { return channel_; }
  v1::Agent::Stub& agent() { return *agent_; }
  v1::Authentication::Stub& authentication() { return *authentication_; }

  RetryLoop NewLoop(const CallOptions& call, Repeat repeat);

  // One attempt: `call` gets a context that carries the loop's deadline and cancellation.
  absl::Status Attempt(RetryLoop& loop,
                       const std::function<grpc::Status(grpc::ClientContext*)>& call);

  // A unary call with its attempts.
  template <typename Stub, typename Request, typename Response>
  absl::StatusOr<Response> Unary(Stub& stub,
                                 grpc::Status (Stub::*rpc)(grpc::ClientContext*, const Request&,
                                                           Response*),
                                 const Request& request, RetryLoop& loop) {
    for (;;) {
      Response response;
      absl::Status status = Attempt(loop, [&](grpc::ClientContext* context) {
        return (stub.*rpc)(context, request, &response);
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
    return Unary(*agent_, rpc, request, loop);
  }

  // DATA_LOSS when the agent no longer knows the job, otherwise what the attempts came to.
  absl::Status CheckJobExists(const std::string& job_id, RetryLoop& loop);

  // A server stream, one attempt: `on_message` gets every message and returns a status that is not
  // OK to break the stream off with it. It calls loop.Heard() for what is new: an agent that only
  // repeats itself before it fails again must not be asked for ever.
  template <typename Response, typename Start>
  absl::Status Stream(RetryLoop& loop, Start start,
                      const std::function<absl::Status(Response*)>& on_message) {
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
      return reader->Finish();
    });
    return broken_off.ok() ? status : broken_off;
  }

 private:
  const ClientOptions options_;
  const std::shared_ptr<grpc::Channel> channel_;
  const std::unique_ptr<v1::Agent::Stub> agent_;
  const std::unique_ptr<v1::Authentication::Stub> authentication_;
  std::atomic<bool> reached_{false};
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_AGENT_CLIENT_IMPL_H_
