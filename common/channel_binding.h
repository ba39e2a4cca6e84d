#ifndef PROCTOR_COMMON_CHANNEL_BINDING_H_
#define PROCTOR_COMMON_CHANNEL_BINDING_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace proctor {

// What a TLS connection's server certificate is known by. Raw bytes.
struct CertificateHashes {
  // SHA-256 of the DER encoding: what pins and tickets name.
  std::string sha256;
  // "tls-server-end-point" of RFC 5929, section 4.1: the DER encoding hashed with the hash of the
  // certificate's own signature, or SHA-256 where that is MD5 or SHA-1.
  std::string end_point;
};

// Of the first certificate in `pem`. INVALID_ARGUMENT when there is none, FAILED_PRECONDITION when
// its signature has no single hash (Ed25519), for which the RFC defines no binding.
absl::StatusOr<CertificateHashes> HashCertificate(absl::string_view pem);

}  // namespace proctor

#endif  // PROCTOR_COMMON_CHANNEL_BINDING_H_
