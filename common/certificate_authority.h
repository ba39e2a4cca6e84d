#ifndef PROCTOR_COMMON_CERTIFICATE_AUTHORITY_H_
#define PROCTOR_COMMON_CERTIFICATE_AUTHORITY_H_

#include <string>

#include "absl/status/status.h"

namespace proctor {

// Whether the first certificate of `chain_pem`, with the help of those after it, was issued by one
// of `authorities_pem`, is a TLS server's, valid now, and names `host` (a name or an address) in
// its subjectAltName. UNAUTHENTICATED says why not; INVALID_ARGUMENT when either is not PEM.
absl::Status VerifyIssued(const std::string& chain_pem, const std::string& authorities_pem,
                          const std::string& host);

}  // namespace proctor

#endif  // PROCTOR_COMMON_CERTIFICATE_AUTHORITY_H_
