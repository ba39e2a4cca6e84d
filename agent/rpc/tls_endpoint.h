#ifndef PROCTOR_AGENT_RPC_TLS_ENDPOINT_H_
#define PROCTOR_AGENT_RPC_TLS_ENDPOINT_H_

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <memory>
#include <string>

#include "absl/status/statusor.h"
#include "agent/caller/tls_connections.h"

namespace proctor {

// Where a TLS server's connections come from. On Linux the agent accepts them itself and bounds
// them before gRPC does anything; on Windows gRPC does, which hands no connection over there: only
// calls are bounded.
class TlsEndpoint {
 public:
  virtual ~TlsEndpoint() = default;  // Takes no connection any more.

  // Adds it to the server that `builder` makes. `connections` must outlive it.
  static std::unique_ptr<TlsEndpoint> Add(grpc::ServerBuilder* builder, const std::string& address,
                                          std::shared_ptr<grpc::ServerCredentials> credentials,
                                          TlsConnections* connections);

  // Takes connections from now on; the server has been started. Returns the port. UNAVAILABLE when
  // the address cannot be bound.
  virtual absl::StatusOr<int> Open() = 0;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_TLS_ENDPOINT_H_
