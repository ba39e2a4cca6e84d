#ifndef PROCTOR_AGENT_CALLER_SERVER_CERTIFICATE_H_
#define PROCTOR_AGENT_CALLER_SERVER_CERTIFICATE_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/time/time.h"
#include "common/channel_binding.h"
#include "common/secret_bytes.h"

namespace proctor {

// The certificate of the agent's TLS listener, and its key. Immutable.
class ServerCertificate {
 public:
  // A new self-signed ECDSA P-256 certificate for `host` and loopback, valid from a day before
  // `now`. Callers trust it by its hash or by a proof in the handshake, so it need not end soon:
  // ten years.
  static absl::StatusOr<ServerCertificate> Make(absl::string_view host, absl::Time now);

  // From PEM files; the certificate file may go on with its chain. FAILED_PRECONDITION when the key
  // is not the certificate's, others may read it, or the certificate cannot be bound to.
  static absl::StatusOr<ServerCertificate> Load(const std::string& certificate_path,
                                                const std::string& key_path);

  // Load, or Make and store when either file is missing (as after a crash between the two).
  static absl::StatusOr<ServerCertificate> LoadOrMake(const std::string& certificate_path,
                                                      const std::string& key_path,
                                                      absl::string_view host, absl::Time now);

  const std::string& certificate_pem() const { return certificate_pem_; }
  const SecretBytes& key_pem() const { return key_pem_; }
  const CertificateHashes& hashes() const { return hashes_; }

 private:
  ServerCertificate(std::string certificate_pem, SecretBytes key_pem, CertificateHashes hashes)
      : certificate_pem_(std::move(certificate_pem)),
        key_pem_(std::move(key_pem)),
        hashes_(std::move(hashes)) {}

  // Checks that the two belong together.
  static absl::StatusOr<ServerCertificate> FromPem(std::string certificate_pem,
                                                   SecretBytes key_pem);

  std::string certificate_pem_;
  SecretBytes key_pem_;
  CertificateHashes hashes_;
};

}  // namespace proctor

#endif  // PROCTOR_AGENT_CALLER_SERVER_CERTIFICATE_H_
