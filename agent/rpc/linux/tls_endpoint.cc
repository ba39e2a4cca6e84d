#include "agent/rpc/tls_endpoint.h"

#include <utility>

#include "agent/caller/linux/tls_listener.h"

namespace proctor {
namespace {

using grpc::experimental::ExternalConnectionAcceptor;

class AcceptedEndpoint final : public TlsEndpoint {
 public:
  AcceptedEndpoint(std::unique_ptr<ExternalConnectionAcceptor> acceptor, std::string address,
                   TlsConnections* connections)
      : acceptor_(std::move(acceptor)), address_(std::move(address)), connections_(connections) {}

  absl::StatusOr<int> Open() override {
    auto listener = TlsListener::Start(address_, connections_, [this](UniqueFd connection) {
      ExternalConnectionAcceptor::NewConnectionParameters parameters;
      parameters.listener_fd = -1;
      parameters.fd = connection.release();
      acceptor_->HandleNewConnection(&parameters);
    });
    if (!listener.ok()) return listener.status();
    listener_ = *std::move(listener);
    return listener_->port();
  }

 private:
  const std::unique_ptr<ExternalConnectionAcceptor> acceptor_;
  const std::string address_;
  TlsConnections* const connections_;
  std::unique_ptr<TlsListener> listener_;
};

}  // namespace

std::unique_ptr<TlsEndpoint> TlsEndpoint::Add(grpc::ServerBuilder* builder,
                                              const std::string& address,
                                              std::shared_ptr<grpc::ServerCredentials> credentials,
                                              TlsConnections* connections) {
  auto acceptor = builder->experimental().AddExternalConnectionAcceptor(
      grpc::ServerBuilder::experimental_type::ExternalConnectionType::FROM_FD,
      std::move(credentials));
  return std::make_unique<AcceptedEndpoint>(std::move(acceptor), address, connections);
}

}  // namespace proctor
