#ifndef PROCTOR_CLIENT_CERTIFICATE_VERIFIER_H_
#define PROCTOR_CLIENT_CERTIFICATE_VERIFIER_H_

#include <grpcpp/security/tls_certificate_verifier.h>

#include <functional>
#include <memory>
#include <utility>

#include "client/server_trust.h"

namespace proctor {

// Asks a ServerTrust about every new connection, after its TLS handshake and before anything else
// is sent.
class CertificateVerifier final : public grpc::experimental::ExternalCertificateVerifier {
 public:
  explicit CertificateVerifier(std::shared_ptr<ServerTrust> trust) : trust_(std::move(trust)) {}

  bool Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
              std::function<void(grpc::Status)> callback, grpc::Status* sync_status) override;
  void Cancel(grpc::experimental::TlsCustomVerificationCheckRequest*) override {}

 private:
  const std::shared_ptr<ServerTrust> trust_;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_CERTIFICATE_VERIFIER_H_
