#include "agent/rpc/tls_server.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/resource_quota.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "agent/rpc/listener_credentials.h"
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
// Strangers may begin calls before anybody looks at who they are.
constexpr int kMaxStreamsPerConnection = 4096;
constexpr size_t kMaxBufferBytes = size_t{2} << 30;  // A session takes a hundred kilobytes.

void AddArguments(grpc::ServerBuilder* builder, const TlsServer::Options& options) {
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              kMinPingIntervalMs);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kTlsHandshakeMs);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                              static_cast<int>(absl::ToInt64Milliseconds(options.connection_idle)));
  builder->AddChannelArgument(GRPC_ARG_MAX_CONCURRENT_STREAMS, kMaxStreamsPerConnection);
  // Of all connections together.
  grpc::ResourceQuota quota("tls");
  quota.Resize(kMaxBufferBytes);
  builder->SetResourceQuota(quota);
  // Otherwise a second agent would share the port and get every other caller.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->SetMaxReceiveMessageSize(static_cast<int>(
      std::min<uint64_t>(options.max_request_bytes, std::numeric_limits<int>::max())));
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
      terms_{sessions, std::move(mechanisms), &bounds_, &certificate->bindings(),
             absl::BytesToHexString(SecureRandomBytes(16))},
      callers_(sessions, terms_.listener),
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
  int port = 0;
  credentials_ = ListenerCredentials(certificate_);
  builder.AddListeningPort(options.address, credentials_, &port);
  std::vector<std::unique_ptr<grpc::experimental::ServerInterceptorFactoryInterface>> interceptors;
  interceptors.push_back(AnswerUnreadableRequests());
  builder.experimental().SetInterceptorCreators(std::move(interceptors));
  server_ = builder.BuildAndStart();
  if (server_ == nullptr || port == 0) {
    return absl::UnavailableError(absl::StrCat("cannot listen on ", options.address));
  }
  endpoint_ = absl::StrCat(options.address.substr(0, options.address.rfind(':')), ":", port);
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
  server_->Shutdown(std::chrono::system_clock::now() + absl::ToChronoMilliseconds(patience));
}

}  // namespace proctor
