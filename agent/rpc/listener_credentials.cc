#include "agent/rpc/listener_credentials.h"

#include <grpc/grpc.h>
#include <grpc/grpc_security.h>

#include <string>

namespace proctor {
namespace {

// gRPC's C++ interface has no way to change a certificate but a thread that polls files; its core
// asks before each handshake. TLS is 1.2 to 1.3 unless told otherwise.
class AskingCredentials final : public grpc::ServerCredentials {
 public:
  explicit AskingCredentials(ListenerCertificate* certificate) : certificate_(certificate) {
    // Takes the options over.
    credentials_ = grpc_ssl_server_credentials_create_with_options(
        grpc_ssl_server_credentials_create_options_using_config_fetcher(
            GRPC_SSL_DONT_REQUEST_CLIENT_CERTIFICATE, &AskingCredentials::Fetch, this));
  }
  ~AskingCredentials() override { grpc_server_credentials_release(credentials_); }

  void SetAuthMetadataProcessor(const std::shared_ptr<grpc::AuthMetadataProcessor>&) override {}

 private:
  int AddPortToServer(const std::string& address, grpc_server* server) override {
    return grpc_server_add_http2_port(server, address.c_str(), credentials_);
  }

  // Before each handshake; gRPC calls it under a lock of its own.
  static grpc_ssl_certificate_config_reload_status Fetch(
      void* self, grpc_ssl_server_certificate_config** config) {
    auto* const credentials = static_cast<AskingCredentials*>(self);
    std::shared_ptr<const ServerCertificate> current = credentials->certificate_->Current();
    if (current == credentials->shown_) return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_UNCHANGED;
    // A copy, for the terminating zero; gRPC's own stays as long as it is shown.
    const SecretBytes key = current->key_pem().Clone();
    const grpc_ssl_pem_key_cert_pair pair = {key.view().data(), current->certificate_pem().c_str()};
    // Roots for clients' certificates, which are not asked for; this way in insists on some.
    *config = grpc_ssl_server_certificate_config_create(pair.cert_chain, &pair, 1);
    credentials->shown_ = std::move(current);
    return GRPC_SSL_CERTIFICATE_CONFIG_RELOAD_NEW;
  }

  ListenerCertificate* const certificate_;
  grpc_server_credentials* credentials_ = nullptr;
  std::shared_ptr<const ServerCertificate> shown_;
};

}  // namespace

std::shared_ptr<grpc::ServerCredentials> ListenerCredentials(ListenerCertificate* certificate) {
  return std::make_shared<AskingCredentials>(certificate);
}

}  // namespace proctor
