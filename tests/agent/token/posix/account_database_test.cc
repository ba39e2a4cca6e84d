#include "agent/token/posix/account_database.h"

#include <gtest/gtest.h>

#include "tests/agent/fake_clock.h"

namespace proctor {
namespace {

TEST(AccountDatabaseTest, KnowsTheSuperuser) {
  FakeClock clock;
  AccountDatabase accounts(&clock);
  const auto root = accounts.Lookup(0);
  EXPECT_TRUE(root->known);
  EXPECT_EQ(root->name, "root");
  EXPECT_EQ(root->home, "/root");
}

TEST(AccountDatabaseTest, AFreshAnswerIsGivenAgainAndAnOldOneIsRefreshed) {
  FakeClock clock;
  AccountDatabase accounts(&clock);
  const auto first = accounts.Lookup(0);
  EXPECT_EQ(accounts.Lookup(0), first);
  clock.Advance(absl::Seconds(11));
  // The old answer at once; a new object once the background look-up is done.
  const absl::Duration deadline = Clock::Real()->Monotonic() + absl::Seconds(10);
  while (accounts.Lookup(0) == first && Clock::Real()->Monotonic() < deadline) {
  }
  EXPECT_NE(accounts.Lookup(0), first);
}

}  // namespace
}  // namespace proctor
