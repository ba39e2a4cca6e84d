#include "client/certificate_verifier.h"

#include <string>

namespace proctor {

bool CertificateVerifier::Verify(grpc::experimental::TlsCustomVerificationCheckRequest* request,
                                 std::function<void(grpc::Status)>, grpc::Status* sync_status) {
  const grpc::string_ref certificate = request->peer_cert();
  const grpc::string_ref chain = request->peer_cert_full_chain();
  const absl::Status checked =
      trust_->CheckConnection(absl::string_view(certificate.data(), certificate.size()),
                              absl::string_view(chain.data(), chain.size()));
  *sync_status = checked.ok() ? grpc::Status::OK
                              : grpc::Status(grpc::UNAUTHENTICATED, std::string(checked.message()));
  return true;  // Decided at once.
}

}  // namespace proctor
