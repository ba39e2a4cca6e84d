#include "common/ticket_proof.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <cstdlib>
#include <initializer_list>

#include "common/length_prefixed.h"

namespace proctor {
namespace {

std::string Hmac(const SecretBytes& key, std::initializer_list<absl::string_view> parts) {
  std::string text;
  for (const absl::string_view part : parts) AppendLengthPrefixed(part, &text);
  unsigned char mac[EVP_MAX_MD_SIZE];
  unsigned int size = 0;
  if (HMAC(EVP_sha256(), key.view().data(), static_cast<int>(key.view().size()),
           reinterpret_cast<const unsigned char*>(text.data()), text.size(), mac,
           &size) == nullptr) {
    std::abort();  // Only without memory; an empty proof must not pass for one.
  }
  return std::string(reinterpret_cast<char*>(mac), size);
}

}  // namespace

std::string TicketId(const SecretBytes& secret) { return Hmac(secret, {"proctor/v1 ticket id"}); }

std::string ClientTicketProof(const SecretBytes& secret, absl::string_view binding,
                              absl::string_view client_nonce) {
  return Hmac(secret, {"proctor/v1 client", binding, client_nonce});
}

std::string ServerTicketProof(const SecretBytes& secret, absl::string_view binding,
                              absl::string_view client_nonce, absl::string_view server_nonce) {
  return Hmac(secret, {"proctor/v1 server", binding, client_nonce, server_nonce});
}

}  // namespace proctor
