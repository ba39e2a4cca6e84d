#ifndef PROCTOR_AGENT_RPC_TLS_SERVER_H_
#define PROCTOR_AGENT_RPC_TLS_SERVER_H_

#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/time/time.h"
#include "agent/caller/listener_certificate.h"
#include "agent/caller/mechanism.h"
#include "agent/caller/session_table.h"
#include "agent/caller/tls_connections.h"
#include "agent/rpc/agent_core.h"
#include "agent/rpc/agent_service.h"
#include "agent/rpc/authentication_service.h"
#include "agent/rpc/handshake_bounds.h"
#include "agent/rpc/reflection_service.h"
#include "agent/rpc/session_caller_source.h"
#include "agent/rpc/session_terms.h"
#include "agent/rpc/tls_endpoint.h"

namespace proctor {

// The grpc::Server of callers who authenticate: TLS 1.2 or later on one TCP endpoint, with all
// services. Every call but Authenticate needs a session. Thread-safe.
class TlsServer {
 public:
  struct Options {
    std::string address;  // "127.0.0.1:0": port 0 takes any free one.
    absl::Duration connection_idle = absl::Minutes(15);
    uint32_t max_calls_per_connection = 200;
    uint64_t max_buffered_bytes_per_user = uint64_t{32} << 20;
    HandshakeBounds::Options bounds;
    TlsConnections::Options connections;
  };

  // `core`, `certificate`, `sessions` and the mechanisms must outlive the server. UNAVAILABLE when
  // the address cannot be bound.
  static absl::StatusOr<std::unique_ptr<TlsServer>> Start(const AgentCore& core,
                                                          ListenerCertificate* certificate,
                                                          SessionTable* sessions,
                                                          std::vector<Mechanism*> mechanisms,
                                                          const Options& options);
  ~TlsServer();
  TlsServer(const TlsServer&) = delete;
  TlsServer& operator=(const TlsServer&) = delete;

  // "127.0.0.1:41234": the address with the port that was taken.
  const std::string& endpoint() const { return endpoint_; }
  // Of the certificate that is shown now.
  std::string certificate_sha256() const { return certificate_->Current()->hashes().sha256; }

  void SetServing(bool serving);
  // Ends all calls, and with them all sessions, within `patience`.
  void Shutdown(absl::Duration patience);

 private:
  TlsServer(const AgentCore& core, ListenerCertificate* certificate, SessionTable* sessions,
            std::vector<Mechanism*> mechanisms, const Options& options);
  absl::Status Listen(const Options& options);

  ListenerCertificate* const certificate_;
  HandshakeBounds bounds_;
  TlsConnections connections_;
  const SessionTerms terms_;
  const SessionCallerSource callers_;
  AgentService agent_;
  AuthenticationService authentication_;
  ReflectionService reflection_;
  std::string endpoint_;
  // gRPC keeps no hold on them beyond the builder, and asks them at each connection.
  std::shared_ptr<grpc::ServerCredentials> credentials_;
  std::unique_ptr<grpc::Server> server_;
  std::unique_ptr<TlsEndpoint> tls_endpoint_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_TLS_SERVER_H_
