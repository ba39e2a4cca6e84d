#ifndef PROCTOR_TESTS_FUZZ_HANDSHAKE_FUZZ_H_
#define PROCTOR_TESTS_FUZZ_HANDSHAKE_FUZZ_H_

#include <cstddef>
#include <cstdint>

namespace proctor {

// Takes bytes as a client's messages (AuthenticateRequest) in one handshake, each of them after its
// length as two bytes, least significant first; the first names the mechanism. Tickets and keys are
// real, the security context does what the tokens' first byte says. Aborts when what must hold for
// every input does not: each message is answered once, and nobody becomes a caller without having
// proved it: with "negotiate" by a complete context that lacks nothing and a signature that
// verifies, with "ticket" by the secret, which no input knows.
void FuzzHandshake(const uint8_t* data, size_t size);

}  // namespace proctor

#endif  // PROCTOR_TESTS_FUZZ_HANDSHAKE_FUZZ_H_
