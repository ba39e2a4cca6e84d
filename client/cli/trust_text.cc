#include "client/cli/trust_text.h"

namespace proctor::cli {

std::string TrustText(const TrustPolicy& trust) {
  if (!trust.pin.empty() && !trust.ca_pem.empty()) return "its pin, and an authority";
  if (!trust.pin.empty()) return "its pin";
  if (!trust.ca_pem.empty()) return "an authority, for the name " + trust.host;
  return "proof: the agent signs the handshake, which is bound to the certificate";
}

}  // namespace proctor::cli
