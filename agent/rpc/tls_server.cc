#include "agent/rpc/tls_server.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>
#include <grpcpp/support/server_interceptor.h>

#include <chrono>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "agent/rpc/listener_credentials.h"
#include "agent/rpc/request_bounds.h"
#include "agent/rpc/unreadable_request.h"
#include "common/secure_random.h"

namespace proctor {
namespace {

// A cut connection is noticed after at most the sum, and its sessions end.
constexpr int kKeepaliveTimeMs = 20'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
// Clients may ping every five seconds, of which the network may bring some a little early; gRPC
// would take that for abuse.
constexpr int kMinPingIntervalMs = 4'500;
constexpr int kTlsHandshakeMs = 10'000;
// What gRPC holds of a connection that nothing is sent on.
constexpr size_t kIdleConnectionBytes = 32 << 10;
// How many users' share of buffered bytes all callers have together.
constexpr size_t kBufferingUsers = 4;

// Counts the calls of gRPC's own services, which ask for no session.
class HealthCallCounter final : public grpc::experimental::ServerInterceptorFactoryInterface {
 public:
  explicit HealthCallCounter(TlsConnections* connections) : connections_(connections) {}

  grpc::experimental::Interceptor* CreateServerInterceptor(
      grpc::experimental::ServerRpcInfo* call) override {
    if (!absl::StartsWith(call->method(), "/proctor.")) {
      // The connection is shut when they are too many; there is nobody to tell more.
      connections_->StrangerCalls(call->server_context()->peer()).IgnoreError();
    }
    return nullptr;
  }

 private:
  TlsConnections* const connections_;
};

void AddArguments(grpc::ServerBuilder* builder, const TlsServer::Options& options) {
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              kMinPingIntervalMs);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kTlsHandshakeMs);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                              static_cast<int>(absl::ToInt64Milliseconds(options.connection_idle)));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS,
                              static_cast<int>(options.max_calls_per_connection));
  // Of all connections together.
  grpc::ResourceQuota quota("tls");
  quota.Resize(kBufferingUsers * options.max_buffered_bytes_per_user +
               kIdleConnectionBytes * options.connections.max_connections);
  builder->SetResourceQuota(quota);
  BoundRequests(options.max_buffered_bytes_per_user, builder);
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsServer>> TlsServer::Start(const AgentCore& core,
                                                            ListenerCertificate* certificate,
                                                            SessionTable* sessions,
                                                            std::vector<Mechanism*> mechanisms,
                                                            const Options& options) {
  std::unique_ptr<TlsServer> server(
      new TlsServer(core, certificate, sessions, std::move(mechanisms), options));
  if (absl::Status listening = server->Listen(options); !listening.ok()) {
    return listening;
  }
  return server;
}

TlsServer::TlsServer(const AgentCore& core, ListenerCertificate* certificate,
                     SessionTable* sessions, std::vector<Mechanism*> mechanisms,
                     const Options& options)
    : certificate_(certificate),
      bounds_(options.bounds),
      connections_(options.connections, core.clock),
      terms_{
          sessions,      std::move(mechanisms),    &bounds_,
          &connections_, &certificate->bindings(), absl::BytesToHexString(SecureRandomBytes(16))},
      callers_(sessions, &connections_, terms_.listener),
      agent_(core, callers_),
      authentication_(core, callers_, &terms_),
      reflection_({v1::Agent::service_full_name(), v1::Authentication::service_full_name(),
                   "grpc.health.v1.Health",
                   grpc::reflection::v1alpha::ServerReflection::service_full_name()}) {}

absl::Status TlsServer::Listen(const Options& options) {
  grpc::ServerBuilder builder;
  builder.RegisterService(&agent_);
  builder.RegisterService(&authentication_);
  builder.RegisterService(&reflection_);
  AddArguments(&builder, options);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(std::make_unique<HealthCallCounter>(&connections_));
  interceptors.push_back(AnswerUnreadableRequests([this](const grpc::ServerContextBase& call) {
    // Whose it is was not asked.
    connections_.StrangerCalls(call.peer()).IgnoreError();
  }));
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  credentials_ = ListenerCredentials(certificate_);
  tls_endpoint_ = TlsEndpoint::Add(&builder, options.address, credentials_, &connections_);
  server_ = builder.BuildAndStart();
  if (server_ == nullptr) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options.address));
  }
  const absl::StatusOr<int> port = tls_endpoint_->Open();
  if (!port.ok()) return port.status();
  endpoint_ = absl::StrCat(options.address.substr(0, options.address.rfind(':')), ":", *port);
  return absl::OkStatus();
}

TlsServer::~TlsServer() { Shutdown(absl::ZeroDuration()); }

void TlsServer::SetServing(bool serving) {
  if (auto* health = server_->GetHealthCheckService(); health != nullptr) {
    health->SetServingStatus(serving);
    health->SetServingStatus(v1::Agent::service_full_name(), serving);
  }
}

void TlsServer::Shutdown(absl::Duration patience) {
  if (server_ == nullptr) return;
  // Before the server, which must not be handed a connection any more.
  tls_endpoint_.reset();
  server_->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(patience));
}

}  // namespace proctor
