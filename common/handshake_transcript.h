#ifndef PROCTOR_COMMON_HANDSHAKE_TRANSCRIPT_H_
#define PROCTOR_COMMON_HANDSHAKE_TRANSCRIPT_H_

#include <string>
#include <utility>

#include "absl/strings/string_view.h"

namespace proctor {

// What both ends of a "negotiate" handshake sign with the key of their security context (see
// ContextEstablished in proctor/v1/authentication.proto): the tokens, the certificate and the
// nonces of both.
class HandshakeTranscript {
 public:
  // `binding`: "tls-server-end-point" hash. `client_nonce`: kNonceSize bytes.
  HandshakeTranscript(std::string binding, std::string client_nonce)
      : binding_(std::move(binding)), client_nonce_(std::move(client_nonce)) {}

  // The next token that was sent, in either direction. An empty one is not sent and not counted.
  void AddToken(absl::string_view token);

  // What the server and the client sign when all tokens have been sent. The labels keep one end's
  // signature from serving as the other's.
  std::string ServerText(absl::string_view server_nonce) const;
  std::string ClientText(absl::string_view server_nonce) const;

 private:
  std::string Text(absl::string_view label, absl::string_view server_nonce) const;

  const std::string binding_;
  const std::string client_nonce_;
  std::string tokens_;  // Each preceded by its length; bounded by legs and token sizes.
};

}  // namespace proctor

#endif  // PROCTOR_COMMON_HANDSHAKE_TRANSCRIPT_H_
