#include "agent/caller/logon_throttle.h"

#include <gtest/gtest.h>

#include "absl/strings/str_cat.h"
#include "tests/agent/fake_clock.h"

namespace proctor {
namespace {

using Verdict = LogonThrottle::Verdict;

class LogonThrottleTest : public testing::Test {
 protected:
  FakeClock clock_;
  LogonThrottle throttle_{{.max_failures_per_minute = 3}, &clock_};
};

TEST_F(LogonThrottleTest, AnAddressMayFailSoOften) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(throttle_.Begin("192.0.2.1", absl::StrCat("user", i)), Verdict::kAdmitted);
  }
  EXPECT_EQ(throttle_.Begin("192.0.2.1", "another"), Verdict::kAddressExhausted);
  EXPECT_EQ(throttle_.Begin("192.0.2.2", "another"), Verdict::kAdmitted);
}

TEST_F(LogonThrottleTest, AnAccountMayFailSoOftenFromAllAddressesTogether) {
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(throttle_.Begin(absl::StrCat("192.0.2.", i), "alice"), Verdict::kAdmitted);
  }
  EXPECT_EQ(throttle_.Begin("192.0.2.9", "alice"), Verdict::kAccountExhausted);
  EXPECT_EQ(throttle_.Begin("192.0.2.9", "bob"), Verdict::kAdmitted);
}

TEST_F(LogonThrottleTest, AttemptsUnderWayCountAsFailed) {
  for (int i = 0; i < 3; ++i) throttle_.Begin("192.0.2.1", "alice");
  EXPECT_EQ(throttle_.Begin("192.0.2.1", "alice"), Verdict::kAddressExhausted);
}

TEST_F(LogonThrottleTest, ASuccessTakesBackItselfAndNoFailure) {
  throttle_.Begin("192.0.2.1", "alice");
  throttle_.Begin("192.0.2.1", "alice");
  throttle_.Begin("192.0.2.1", "alice");
  throttle_.TakeBack("192.0.2.1", "alice");
  EXPECT_EQ(throttle_.Begin("192.0.2.1", "alice"), Verdict::kAdmitted);
  EXPECT_EQ(throttle_.Begin("192.0.2.1", "alice"), Verdict::kAddressExhausted);
}

TEST_F(LogonThrottleTest, FailuresAreForgottenInAMinute) {
  for (int i = 0; i < 3; ++i) throttle_.Begin("192.0.2.1", "alice");
  clock_.Advance(absl::Seconds(19));
  EXPECT_EQ(throttle_.Begin("192.0.2.1", "bob"), Verdict::kAddressExhausted);
  clock_.Advance(absl::Seconds(2));
  EXPECT_EQ(throttle_.Begin("192.0.2.1", "alice"), Verdict::kAdmitted);
  clock_.Advance(absl::Minutes(1));
  for (int i = 0; i < 3; ++i) {
    EXPECT_EQ(throttle_.Begin("192.0.2.1", "alice"), Verdict::kAdmitted);
  }
}

TEST_F(LogonThrottleTest, ARefusedAddressDoesNotUseUpItsVictimsAccount) {
  for (int i = 0; i < 3; ++i) throttle_.Begin("192.0.2.1", "mallory");
  for (int i = 0; i < 100; ++i) throttle_.Begin("192.0.2.1", "alice");
  EXPECT_EQ(throttle_.Begin("192.0.2.2", "alice"), Verdict::kAdmitted);
}

}  // namespace
}  // namespace proctor
