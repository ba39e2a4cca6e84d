#ifndef PROCTOR_CLIENT_TLS_OPTIONS_H_
#define PROCTOR_CLIENT_TLS_OPTIONS_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "client/trust_policy.h"

namespace proctor {

// How caller and agent prove themselves to each other on a target "tls:HOST:PORT".
struct TlsOptions {
  // The agent's service principal. Empty: "proctor/" and the target's host.
  std::string service_principal;
  // Of the agent's certificate; `host` is filled in by the client. Default: by proof.
  TrustPolicy trust;
  // Hand the own Kerberos credentials over to the agent, for jobs to use on other machines. Anybody
  // who is root there can use them, too. AgentClient::delegation() tells what came of it.
  bool delegate = false;
  // The same, and no session without: FAILED_PRECONDITION says why they were not handed over. Not
  // with a logon (INVALID_ARGUMENT), which hands nothing over.
  bool require_delegation = false;
  // Let Windows settle on NTLM, which does not prove who the agent is; only where `trust` vouches
  // for the certificate.
  bool allow_ntlm = false;
};

// What the environment asks for: PROCTOR_SPN, PROCTOR_PIN (as ParsePin takes it), PROCTOR_CA (a
// file of certificates in PEM), PROCTOR_DELEGATE ("1" or "required"). INVALID_ARGUMENT names the
// variable.
absl::StatusOr<TlsOptions> TlsOptionsOfEnvironment();

// The SHA-256 of a certificate as 64 hexadecimal digits, colons between them allowed, to 32 bytes.
absl::StatusOr<std::string> ParsePin(absl::string_view text);
// The certificates of a file in PEM, for TrustPolicy::ca_pem.
absl::StatusOr<std::string> ReadAuthorities(const std::string& path);

}  // namespace proctor

#endif  // PROCTOR_CLIENT_TLS_OPTIONS_H_
