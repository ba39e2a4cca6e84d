#include "common/handshake_transcript.h"

#include <openssl/sha.h>

#include "common/length_prefixed.h"

namespace proctor {

void HandshakeTranscript::AddToken(absl::string_view token) {
  if (!token.empty()) AppendLengthPrefixed(token, &tokens_);
}

std::string HandshakeTranscript::Text(absl::string_view label,
                                      absl::string_view server_nonce) const {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(tokens_.data()), tokens_.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  std::string text;
  for (const absl::string_view part :
       {label, absl::string_view(digest), absl::string_view(binding_),
        absl::string_view(client_nonce_), server_nonce}) {
    AppendLengthPrefixed(part, &text);
  }
  return text;
}

std::string HandshakeTranscript::ServerText(absl::string_view server_nonce) const {
  return Text("proctor/v1 server", server_nonce);
}

std::string HandshakeTranscript::ClientText(absl::string_view server_nonce) const {
  return Text("proctor/v1 client", server_nonce);
}

}  // namespace proctor
