#include "agent/rpc/tls_endpoint.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

class PortEndpoint final : public TlsEndpoint {
 public:
  explicit PortEndpoint(std::string address) : address_(std::move(address)) {}

  absl::StatusOr<int> Open() override {
    if (port_ == 0) return absl::UnavailableError(absl::StrCat("cannot listen on ", address_));
    return port_;
  }

  // Set when the server starts.
  int* port() { return &port_; }

 private:
  const std::string address_;
  int port_ = 0;
};

}  // namespace

std::unique_ptr<TlsEndpoint> TlsEndpoint::Add(grpc::ServerBuilder* builder,
                                              const std::string& address,
                                              std::shared_ptr<grpc::ServerCredentials> credentials,
                                              TlsConnections*) {
  auto endpoint = std::make_unique<PortEndpoint>(address);
  // Otherwise a second agent would share the port and get every other caller.
  builder->AddChannelArgument(GRPC_ARG_ALLOW_REUSEPORT, 0);
  builder->AddListeningPort(address, std::move(credentials), endpoint->port());
  return endpoint;
}

}  // namespace proctor
