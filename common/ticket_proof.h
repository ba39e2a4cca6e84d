#ifndef PROCTOR_COMMON_TICKET_PROOF_H_
#define PROCTOR_COMMON_TICKET_PROOF_H_

#include <cstddef>
#include <string>

#include "absl/strings/string_view.h"
#include "common/secret_bytes.h"

namespace proctor {

// Sizes in bytes.
constexpr size_t kTicketSecretSize = 32;
constexpr size_t kNonceSize = 32;

// What a ticket is called on the wire, 32 bytes; tells nothing about the secret.
std::string TicketId(const SecretBytes& secret);

// Each end shows that it knows the ticket, for this certificate and this handshake only:
// HMAC-SHA256 over label, binding and nonces, each with its length. The labels keep one end's proof
// from serving as the other's. The client proves itself before the server has chosen a nonce; that
// a ticket is good for one use makes up for it.
std::string ClientTicketProof(const SecretBytes& secret, absl::string_view binding,
                              absl::string_view client_nonce);
std::string ServerTicketProof(const SecretBytes& secret, absl::string_view binding,
                              absl::string_view client_nonce, absl::string_view server_nonce);

}  // namespace proctor

#endif  // PROCTOR_COMMON_TICKET_PROOF_H_
