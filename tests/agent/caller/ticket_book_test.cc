#include "agent/caller/ticket_book.h"

#include <gtest/gtest.h>

#include <vector>

#include "common/ticket_proof.h"
#include "tests/agent/fake_clock.h"
#include "tests/agent/token/token_test_peer.h"

namespace proctor {
namespace {

constexpr char kBinding[] = "hash of the certificate";
constexpr char kNonce[] = "nonce";

std::shared_ptr<const CallerToken> Caller(uint32_t uid) {
  return std::make_shared<const CallerToken>(TokenTestPeer::Caller(uid));
}

class TicketBookTest : public testing::Test {
 protected:
  absl::StatusOr<RedeemedTicket> Redeem(const Ticket& ticket) {
    return book_.Redeem(ticket.id, kBinding, kNonce,
                        ClientTicketProof(ticket.secret, kBinding, kNonce));
  }

  FakeClock clock_;
  TicketBook book_{{absl::Seconds(30), 2}, &clock_};
};

TEST_F(TicketBookTest, ATicketStandsForItsCaller) {
  const Ticket alice = *book_.Issue(Caller(1000));
  const Ticket bob = *book_.Issue(Caller(1001));
  EXPECT_EQ(Redeem(bob)->caller->principal()->key(), "1001");
  EXPECT_EQ(Redeem(alice)->caller->principal()->key(), "1000");
}

TEST_F(TicketBookTest, TheSecretComesBackForTheServersProof) {
  const Ticket ticket = *book_.Issue(Caller(1000));
  EXPECT_EQ(ticket.secret.view().size(), kTicketSecretSize);
  EXPECT_EQ(Redeem(ticket)->secret.view(), ticket.secret.view());
}

TEST_F(TicketBookTest, IsGoodForOneUse) {
  const Ticket ticket = *book_.Issue(Caller(1000));
  ASSERT_TRUE(Redeem(ticket).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(Redeem(ticket).status()));
}

TEST_F(TicketBookTest, IsGoodForThirtySeconds) {
  const Ticket late = *book_.Issue(Caller(1000));
  clock_.Advance(absl::Milliseconds(1));
  const Ticket early = *book_.Issue(Caller(1000));
  clock_.Advance(absl::Seconds(30) - absl::Milliseconds(1));
  EXPECT_TRUE(absl::IsUnauthenticated(Redeem(late).status()));
  EXPECT_TRUE(Redeem(early).ok());
}

TEST_F(TicketBookTest, ASteppedWallClockChangesNothing) {
  const Ticket ticket = *book_.Issue(Caller(1000));
  clock_.StepWall(absl::Hours(24));
  EXPECT_TRUE(Redeem(ticket).ok());
}

TEST_F(TicketBookTest, TheProofIsForTheBindingAndTheNonce) {
  for (const auto& [binding, nonce] : std::vector<std::pair<std::string, std::string>>{
           {"a relay's certificate", kNonce}, {kBinding, "another nonce"}}) {
    const Ticket ticket = *book_.Issue(Caller(1000));
    const std::string proof = ClientTicketProof(ticket.secret, kBinding, kNonce);
    EXPECT_TRUE(absl::IsUnauthenticated(book_.Redeem(ticket.id, binding, nonce, proof).status()));
  }
}

TEST_F(TicketBookTest, TheServersProofIsNotTheClients) {
  const Ticket ticket = *book_.Issue(Caller(1000));
  const std::string proof = ServerTicketProof(ticket.secret, kBinding, kNonce, "");
  EXPECT_TRUE(absl::IsUnauthenticated(book_.Redeem(ticket.id, kBinding, kNonce, proof).status()));
}

TEST_F(TicketBookTest, AWrongProofUsesTheTicketUp) {
  const Ticket ticket = *book_.Issue(Caller(1000));
  EXPECT_FALSE(book_.Redeem(ticket.id, kBinding, kNonce, "guessed").ok());
  EXPECT_FALSE(Redeem(ticket).ok());
}

TEST_F(TicketBookTest, AnAccountHasABoundedNumberOut) {
  const Ticket first = *book_.Issue(Caller(1000));
  ASSERT_TRUE(book_.Issue(Caller(1000)).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(book_.Issue(Caller(1000)).status()));
  EXPECT_TRUE(book_.Issue(Caller(1001)).ok()) << "another account has its own";
  ASSERT_TRUE(Redeem(first).ok());
  EXPECT_TRUE(book_.Issue(Caller(1000)).ok()) << "a used ticket makes room";
  clock_.Advance(absl::Seconds(30));
  EXPECT_TRUE(book_.Issue(Caller(1000)).ok()) << "so does an expired one";
}

}  // namespace
}  // namespace proctor
