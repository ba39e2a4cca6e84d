#include "agent/token/posix/account_database.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>

#include "absl/synchronization/notification.h"
#include "tests/agent/fake_clock.h"

namespace proctor {
namespace {

Account Alice() {
  Account account;
  account.known = true;
  account.name = "alice";
  return account;
}

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

TEST(AccountDatabaseTest, AnAnswerStaysWhileTheNameServiceGivesNoOther) {
  FakeClock clock;
  std::atomic<int> asked{0};
  AccountDatabase accounts(&clock, [&asked](uid_t) {
    return ++asked == 1 ? absl::make_optional(Alice()) : absl::nullopt;
  });
  const auto first = accounts.Lookup(1001);
  for (int refreshed = 2; refreshed < 4; ++refreshed) {
    clock.Advance(absl::Seconds(11));
    const absl::Duration deadline = Clock::Real()->Monotonic() + absl::Seconds(10);
    while (asked < refreshed && Clock::Real()->Monotonic() < deadline) accounts.Lookup(1001);
    EXPECT_EQ(asked, refreshed);
    EXPECT_EQ(accounts.Lookup(1001), first);
  }
}

TEST(AccountDatabaseTest, WhomTheNameServiceNeverNamedHasNoName) {
  FakeClock clock;
  AccountDatabase accounts(&clock, [](uid_t) { return absl::nullopt; });
  EXPECT_FALSE(accounts.Lookup(1001)->known);
  EXPECT_EQ(accounts.Lookup(1001)->name, "1001");
}

TEST(AccountDatabaseTest, WhomNobodyNamedYetIsAskedForAgainAtOnce) {
  FakeClock clock;
  std::atomic<int> asked{0};
  AccountDatabase accounts(&clock, [&asked](uid_t) {
    return ++asked == 1 ? absl::nullopt : absl::make_optional(Alice());
  });
  EXPECT_FALSE(accounts.Lookup(1001)->known);
  const absl::Duration deadline = Clock::Real()->Monotonic() + absl::Seconds(10);
  while (!accounts.Lookup(1001)->known && Clock::Real()->Monotonic() < deadline) {
  }
  EXPECT_EQ(accounts.Lookup(1001)->name, "alice");
}

// The agent is to stop whether a directory answers or not.
TEST(AccountDatabaseTest, ItsEndWaitsForNoNameService) {
  FakeClock clock;
  struct Service {
    std::atomic<int> asked{0};
    absl::Notification hangs;
    absl::Notification answers;
    absl::Notification gone;
  };
  const auto service = std::make_shared<Service>();
  {
    AccountDatabase accounts(&clock, [service](uid_t) {
      if (++service->asked > 1) {
        service->hangs.Notify();
        service->answers.WaitForNotification();
        service->gone.Notify();
      }
      return Account();
    });
    accounts.Lookup(1001);
    clock.Advance(absl::Seconds(11));
    accounts.Lookup(1001);
    service->hangs.WaitForNotification();
  }
  service->answers.Notify();
  service->gone.WaitForNotification();
}

}  // namespace
}  // namespace proctor
