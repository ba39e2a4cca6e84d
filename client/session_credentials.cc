#include "client/session_credentials.h"

#include <grpc/grpc_security_constants.h>

#include <vector>

#include "absl/strings/match.h"
#include "proctor/v1/authentication.grpc.pb.h"

namespace proctor {

grpc::Status SessionCredentials::GetMetadata(grpc::string_ref service_url,
                                             grpc::string_ref method_name,
                                             const grpc::AuthContext& channel_auth_context,
                                             std::multimap<grpc::string, grpc::string>* metadata) {
  const bool is_authenticate =
      method_name == "Authenticate" &&
      absl::EndsWith(absl::string_view(service_url.data(), service_url.size()),
                     v1::Authentication::service_full_name());
  const std::vector<grpc::string_ref> certificates =
      channel_auth_context.FindPropertyValues(GRPC_X509_PEM_CERT_PROPERTY_NAME);
  if (certificates.size() != 1) {
    return grpc::Status(grpc::UNAUTHENTICATED, "the connection has no server certificate");
  }
  const absl::Status checked = trust_->CheckCall(
      absl::string_view(certificates[0].data(), certificates[0].size()), is_authenticate);
  if (!checked.ok()) return grpc::Status(grpc::UNAUTHENTICATED, std::string(checked.message()));
  if (is_authenticate) return grpc::Status::OK;
  std::string session = session_->Get();
  if (session.empty()) return grpc::Status(grpc::UNAUTHENTICATED, "there is no session");
  metadata->emplace("proctor-session", std::move(session));
  return grpc::Status::OK;
}

}  // namespace proctor
