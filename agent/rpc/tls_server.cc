#include "agent/rpc/tls_server.h"

#include <grpcpp/health_check_service_interface.h>
#include <grpcpp/security/server_credentials.h>
#include <grpcpp/server_builder.h>

#include <algorithm>
#include <chrono>
#include <limits>
#include <utility>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "common/secure_random.h"

namespace proctor {
namespace {

// A cut connection is noticed after at most the sum, and its sessions end.
constexpr int kKeepaliveTimeMs = 20'000;
constexpr int kKeepaliveTimeoutMs = 10'000;
// Clients ping as often as the server does; gRPC would take that for abuse.
constexpr int kMinPingIntervalMs = kKeepaliveTimeMs / 2;
constexpr int kTlsHandshakeMs = 10'000;

// gRPC's TLS is 1.2 to 1.3 unless told otherwise.
std::shared_ptr<grpc::ServerCredentials> Credentials(const ServerCertificate& certificate) {
  grpc::SslServerCredentialsOptions options(GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE);
  options.pem_key_cert_pairs.push_back(
      {std::string(certificate.key_pem().view()), certificate.certificate_pem()});
  std::shared_ptr<grpc::ServerCredentials> credentials = grpc::SslServerCredentials(options);
  // The copy; gRPC's own stays as long as the listener.
  const SecretBytes overwritten(std::move(options.pem_key_cert_pairs[0].private_key));
  return credentials;
}

void AddArguments(grpc::ServerBuilder* builder, const TlsServer::Options& options) {
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIME_MS, kKeepaliveTimeMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_TIMEOUT_MS, kKeepaliveTimeoutMs);
  builder->AddChannelArgument(GRPC_ARG_KEEPALIVE_PERMIT_WITHOUT_CALLS, 1);
  builder->AddChannelArgument(GRPC_ARG_HTTP2_MIN_RECV_PING_INTERVAL_WITHOUT_DATA_MS,
                              kMinPingIntervalMs);
  builder->AddChannelArgument(GRPC_ARG_SERVER_HANDSHAKE_TIMEOUT_MS, kTlsHandshakeMs);
  builder->AddChannelArgument(GRPC_ARG_MAX_CONNECTION_IDLE_MS,
                              static_cast<int>(absl::ToInt64Milliseconds(options.connection_idle)));
  // Otherwise a second agent would share the port and get every other caller.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->SetMaxReceiveMessageSize(static_cast<int>(
      std::min<uint64_t>(options.max_request_bytes, std::numeric_limits<int>::max())));
}

}  // namespace

absl::StatusOr<std::unique_ptr<TlsServer>> TlsServer::Start(const AgentCore& core,
                                                            const ServerCertificate& certificate,
                                                            SessionTable* sessions,
                                                            std::vector<Mechanism*> mechanisms,
                                                            const Options& options) {
  std::unique_ptr<TlsServer> server(
      new TlsServer(core, certificate, sessions, std::move(mechanisms), options));
  if (absl::Status listening = server->Listen(certificate, options); !listening.ok()) {
    return listening;
  }
  return server;
}

TlsServer::TlsServer(const AgentCore& core, const ServerCertificate& certificate,
                     SessionTable* sessions, std::vector<Mechanism*> mechanisms,
                     const Options& options)
    : certificate_sha256_(certificate.hashes().sha256),
      bounds_(options.bounds),
      bindings_(certificate.hashes().end_point),
      terms_{sessions, std::move(mechanisms), &bounds_, &bindings_,
             absl::BytesToHexString(SecureRandomBytes(16))},
      callers_(sessions, terms_.listener),
      agent_(core, callers_),
      authentication_(core, callers_, &terms_),
      reflection_({v1::Agent::service_full_name(), v1::Authentication::service_full_name(),
                   "grpc.health.v1.Health",
                   grpc::reflection::v1alpha::ServerReflection::service_full_name()}) {}

absl::Status TlsServer::Listen(const ServerCertificate& certificate, const Options& options) {
  grpc::ServerBuilder builder;
  builder.RegisterService(&agent_);
  builder.RegisterService(&authentication_);
  builder.RegisterService(&reflection_);
  AddArguments(&builder, options);
  int port = 0;
  builder.AddListeningPort(options.address, Credentials(certificate), &port);
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
