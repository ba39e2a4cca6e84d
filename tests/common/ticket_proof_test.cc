#include "common/ticket_proof.h"

#include <gtest/gtest.h>

#include <set>

#include "absl/strings/escaping.h"
#include "common/secure_random.h"

namespace proctor {
namespace {

TEST(TicketProofTest, IsWhatAnotherImplementationComputes) {
  const SecretBytes secret(std::string(32, '\x01'));
  // python3: hmac.new(b"\x01" * 32, b"".join(len(p).to_bytes(4, "big") + p for p in parts),
  // "sha256")
  EXPECT_EQ(absl::BytesToHexString(ServerTicketProof(secret, "binding", "client", "server")),
            "2ccf3b291b0e5579695bb5599c60fe67a02769d8648548990c8c8250757c6336");
  EXPECT_EQ(absl::BytesToHexString(TicketId(secret)),
            "d3a65ce73f1760c9c5e731fc253444d02d043e32e5bdcb9ddc9d1ee284f93224");
}

TEST(TicketProofTest, EveryPartCounts) {
  const SecretBytes secret(SecureRandomBytes(kTicketSecretSize));
  const SecretBytes other(SecureRandomBytes(kTicketSecretSize));
  const std::set<std::string> proofs = {
      ServerTicketProof(secret, "b", "c", "s"), ServerTicketProof(other, "b", "c", "s"),
      ServerTicketProof(secret, "B", "c", "s"), ServerTicketProof(secret, "b", "C", "s"),
      ServerTicketProof(secret, "b", "c", "S"), ServerTicketProof(secret, "bc", "", "s"),
      ServerTicketProof(secret, "b", "cs", ""), ClientTicketProof(secret, "b", "c"),
      ClientTicketProof(secret, "bc", ""),      TicketId(secret)};
  EXPECT_EQ(proofs.size(), 10u);
}

TEST(SecretBytesTest, AMovedFromSecretIsEmpty) {
  SecretBytes small(std::string("short"));
  const SecretBytes taken = std::move(small);
  EXPECT_EQ(taken.view(), "short");
  EXPECT_TRUE(small.empty());
}

TEST(SecretBytesTest, ComparisonIsOfTheWhole) {
  EXPECT_TRUE(ConstantTimeEqual("abc", "abc"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "abd"));
  EXPECT_FALSE(ConstantTimeEqual("abc", "ab"));
  EXPECT_FALSE(ConstantTimeEqual("", "a"));
}

}  // namespace
}  // namespace proctor
