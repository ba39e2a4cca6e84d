#ifndef PROCTOR_CLIENT_TRUST_POLICY_H_
#define PROCTOR_CLIENT_TRUST_POLICY_H_

#include <string>

namespace proctor {

// Why a client takes a TLS certificate for the agent's. With none of them set: by proof, which is a
// handshake whose security context is bound to the certificate and signed by the agent.
struct TrustPolicy {
  // The SHA-256 (32 bytes) that the certificate (DER) must have, known from elsewhere.
  std::string pin;
  // Certificates in PEM, one of which must have issued it, for the name `host`.
  std::string ca_pem;
  std::string host;

  // The certificate is trusted before anything has been proved on the channel.
  bool vouches() const { return !pin.empty() || !ca_pem.empty(); }
  friend bool operator==(const TrustPolicy&, const TrustPolicy&) = default;
};

}  // namespace proctor

#endif  // PROCTOR_CLIENT_TRUST_POLICY_H_
