#ifndef PROCTOR_CLIENT_NEGOTIATE_HANDSHAKE_H_
#define PROCTOR_CLIENT_NEGOTIATE_HANDSHAKE_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "client/client_handshake.h"

namespace proctor {

// Sessions with what the caller holds of a realm or domain: GSSAPI or SSPI, "negotiate".
class NegotiateHandshakeSource final : public HandshakeSource {
 public:
  struct Options {
    std::string endpoint;           // "agent.test:7707"
    TrustPolicy trust;              // `host` is set here.
    std::string service_principal;  // Empty: ServicePrincipalOf(the endpoint's host).
    bool delegate = false;
    bool require_delegation = false;  // No session without.
    bool allow_ntlm = false;  // Counts only where the trust policy vouches for the certificate.
  };
  explicit NegotiateHandshakeSource(Options options) : options_(std::move(options)) {}

  absl::StatusOr<HandshakePlan> Next() override;

 private:
  const Options options_;
};

// "proctor/agent.example.com" for the host as it was named. A name without a dot is completed by
// the name service, where that gives the same name with a domain; nothing else is taken from it,
// for whoever answers for DNS must not choose whom the caller talks to.
std::string ServicePrincipalOf(absl::string_view host);

// "agent.test" of "agent.test:7707" and "agent.test.:7707", "::1" of "[::1]:7707".
std::string HostOfEndpoint(absl::string_view endpoint);

}  // namespace proctor

#endif  // PROCTOR_CLIENT_NEGOTIATE_HANDSHAKE_H_
