#ifndef PROCTOR_AGENT_RPC_IDENTITY_SERVER_H_
#define PROCTOR_AGENT_RPC_IDENTITY_SERVER_H_

#include <grpcpp/resource_quota.h>
#include <grpcpp/server.h>

#include <chrono>
#include <memory>

#include "agent/rpc/agent_core.h"
#include "agent/rpc/agent_service.h"
#include "agent/rpc/authentication_service.h"
#include "agent/rpc/fixed_caller_source.h"
#include "agent/rpc/reflection_service.h"
#include "common/unique_fd.h"

namespace proctor {

// The grpc::Server of one identity: whoever's connection is handed to it is that caller, and no
// metadata can say otherwise. Thread-safe.
class IdentityServer {
 public:
  struct Options {
    absl::Duration connection_idle;  // A connection without calls is closed after this.
    uint32_t max_calls_per_connection = 200;
    // Of requests that are not complete, those of the user's other servers included.
    uint64_t max_buffered_bytes = uint64_t{32} << 20;
  };

  // `quota` is the user's. Null when gRPC cannot make a server.
  static std::unique_ptr<IdentityServer> Create(const AgentCore& core, CallerToken caller,
                                                const Options& options,
                                                const grpc::ResourceQuota& quota);
  ~IdentityServer();

  // `connection` is a connected, non-blocking socket.
  void Accept(UniqueFd connection);
  void SetServing(bool serving);
  // Ends all calls, at the latest at the deadline.
  void Shutdown(std::chrono::system_clock::time_point deadline);

  const Principal& principal() const { return *callers_.caller().principal(); }

 private:
  IdentityServer(const AgentCore& core, CallerToken caller);

  const FixedCallerSource callers_;
  AgentService agent_;
  AuthenticationService authentication_;
  ReflectionService reflection_;
  std::unique_ptr<grpc::Server> server_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_IDENTITY_SERVER_H_
