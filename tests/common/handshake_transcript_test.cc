#include "common/handshake_transcript.h"

#include <gtest/gtest.h>
#include <openssl/sha.h>

#include <string>

namespace proctor {
namespace {

std::string Sha256(const std::string& text) {
  std::string digest(SHA256_DIGEST_LENGTH, '\0');
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(),
         reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string Part(const std::string& text) {
  return std::string("\0\0\0", 3) + static_cast<char>(text.size()) + text;
}

TEST(HandshakeTranscriptTest, IsWhatTheProtocolSays) {
  HandshakeTranscript transcript("binding", "client nonce");
  transcript.AddToken("first");
  transcript.AddToken("second");
  const std::string tokens = Sha256(Part("first") + Part("second"));
  const std::string rest = Part(tokens) + Part("binding") + Part("client nonce") + Part("server");
  EXPECT_EQ(transcript.ServerText("server"), Part("proctor/v1 server") + rest);
  EXPECT_EQ(transcript.ClientText("server"), Part("proctor/v1 client") + rest);
}

TEST(HandshakeTranscriptTest, AnEmptyTokenIsNotCounted) {
  HandshakeTranscript with("b", "n");
  with.AddToken("token");
  with.AddToken("");
  HandshakeTranscript without("b", "n");
  without.AddToken("token");
  EXPECT_EQ(with.ServerText("s"), without.ServerText("s"));
}

TEST(HandshakeTranscriptTest, TokensCannotBeCutInAnotherWay) {
  HandshakeTranscript one("b", "n");
  one.AddToken("ab");
  one.AddToken("c");
  HandshakeTranscript other("b", "n");
  other.AddToken("a");
  other.AddToken("bc");
  EXPECT_NE(one.ServerText("s"), other.ServerText("s"));
}

TEST(HandshakeTranscriptTest, EveryPartCounts) {
  HandshakeTranscript base("b", "n");
  base.AddToken("t");
  HandshakeTranscript other_binding("B", "n");
  other_binding.AddToken("t");
  HandshakeTranscript other_nonce("b", "N");
  other_nonce.AddToken("t");
  HandshakeTranscript other_token("b", "n");
  other_token.AddToken("T");
  for (const HandshakeTranscript* other : {&other_binding, &other_nonce, &other_token}) {
    EXPECT_NE(base.ServerText("s"), other->ServerText("s"));
    EXPECT_NE(base.ClientText("s"), other->ClientText("s"));
  }
  EXPECT_NE(base.ServerText("s"), base.ServerText("S"));
  EXPECT_NE(base.ServerText("s"), base.ClientText("s"));
}

}  // namespace
}  // namespace proctor
