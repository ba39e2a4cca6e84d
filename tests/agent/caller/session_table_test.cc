#include "agent/caller/session_table.h"

#include <gtest/gtest.h>

#include "tests/agent/fake_clock.h"
#include "tests/agent/token/token_test_peer.h"

namespace proctor {
namespace {

constexpr char kListener[] = "127.0.0.1:7000";
constexpr char kPeer[] = "ipv4:127.0.0.1:50000";

class SessionTableTest : public testing::Test {
 protected:
  absl::StatusOr<NewSession> Create(uint32_t uid) {
    return table_.Create(std::make_shared<const CallerToken>(TokenTestPeer::Caller(uid)),
                         {kListener, kPeer});
  }

  FakeClock clock_;
  SessionTable table_{{absl::Hours(1), 3, 2}, &clock_};
};

TEST_F(SessionTableTest, ASessionIsItsCaller) {
  const NewSession alice = *Create(1000);
  const NewSession bob = *Create(1001);
  EXPECT_EQ(alice.id.size(), 64u);
  EXPECT_EQ((*table_.Find(alice.id, kListener, kPeer))->principal()->key(), "1000");
  EXPECT_EQ((*table_.Find(bob.id, kListener, kPeer))->principal()->key(), "1001");
}

TEST_F(SessionTableTest, AnUnknownSessionIsNobody) {
  ASSERT_TRUE(Create(1000).ok());
  EXPECT_TRUE(absl::IsUnauthenticated(table_.Find("", kListener, kPeer).status()));
  EXPECT_TRUE(
      absl::IsUnauthenticated(table_.Find(std::string(64, '0'), kListener, kPeer).status()));
}

TEST_F(SessionTableTest, IsGoodOnItsConnectionOnly) {
  const NewSession session = *Create(1000);
  const absl::Status elsewhere =
      table_.Find(session.id, kListener, "ipv4:127.0.0.1:50001").status();
  EXPECT_TRUE(absl::IsUnauthenticated(elsewhere));
  EXPECT_TRUE(absl::IsUnauthenticated(table_.Find(session.id, "other:1", kPeer).status()));
  EXPECT_EQ(elsewhere, table_.Find("unknown", kListener, kPeer).status())
      << "a stolen session must not be told from an unknown one";
  EXPECT_TRUE(table_.Find(session.id, kListener, kPeer).ok());
}

TEST_F(SessionTableTest, EndsWhenRevoked) {
  const NewSession session = *Create(1000);
  table_.Revoke(session.id);
  EXPECT_TRUE(absl::IsUnauthenticated(table_.Find(session.id, kListener, kPeer).status()));
  table_.Revoke(session.id);
  EXPECT_EQ(table_.size(), 0u);
}

TEST_F(SessionTableTest, EndsAfterItsLifeOnTheMonotonicClock) {
  const NewSession session = *Create(1000);
  EXPECT_EQ(session.expires, clock_.Now() + absl::Hours(1));
  clock_.StepWall(absl::Hours(2));
  EXPECT_TRUE(table_.Find(session.id, kListener, kPeer).ok());
  clock_.Advance(absl::Hours(1));
  EXPECT_TRUE(absl::IsUnauthenticated(table_.Find(session.id, kListener, kPeer).status()));
}

TEST_F(SessionTableTest, AnAccountHasABoundedNumber) {
  const NewSession first = *Create(1000);
  ASSERT_TRUE(Create(1000).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(Create(1000).status()));
  table_.Revoke(first.id);
  EXPECT_TRUE(Create(1000).ok());
}

TEST_F(SessionTableTest, AllTogetherAreBounded) {
  for (const uint32_t uid : {1000, 1001, 1002}) ASSERT_TRUE(Create(uid).ok());
  EXPECT_TRUE(absl::IsResourceExhausted(Create(1003).status()));
}

}  // namespace
}  // namespace proctor
