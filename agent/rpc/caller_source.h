#ifndef PROCTOR_AGENT_RPC_CALLER_SOURCE_H_
#define PROCTOR_AGENT_RPC_CALLER_SOURCE_H_

#include <grpcpp/server_context.h>

#include <memory>

#include "absl/status/statusor.h"
#include "agent/token/caller_token.h"

namespace proctor {

// Tells whose call it is; asked once at the beginning of each. Thread-safe.
class CallerSource {
 public:
  virtual ~CallerSource() = default;

  // UNAUTHENTICATED when the call belongs to nobody. Never a null token.
  virtual absl::StatusOr<std::shared_ptr<const CallerToken>> CallerOf(
      const grpc::CallbackServerContext& context) const = 0;

  // To be kept until gRPC has let go of a call of `caller`'s that was admitted; may be null.
  virtual std::shared_ptr<const void> Begun(const grpc::CallbackServerContext& context,
                                            const CallerToken& caller) const = 0;

  // Closes the connection that the call came over, where whoever accepted it does not by itself.
  virtual void Disconnect(const grpc::CallbackServerContext& context) const = 0;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_CALLER_SOURCE_H_
