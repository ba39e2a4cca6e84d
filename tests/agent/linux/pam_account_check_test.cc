#include "agent/linux/pam_account_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cerrno>
#include <chrono>
#include <future>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/failure_detail.h"
#include "tests/agent/fake_clock.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

// A job host that answers as it was told to, or keeps the question.
class FakeJobHost {
 public:
  PamAccountCheck::Ask Ask() {
    return [this](jobhost::Logon question, PamAccountCheck::Answer answer) {
      asked.push_back(std::move(question));
      if (keeps) {
        kept.push_back(std::move(answer));
        if (!held.HasBeenNotified()) held.Notify();
        return;
      }
      answer(reply);
    };
  }

  void Say(int pam_result, const std::string& detail) {
    jobhost::LogonReply says;
    says.set_pam_result(pam_result);
    says.set_detail(detail);
    reply = says;
  }

  absl::StatusOr<jobhost::LogonReply> reply = jobhost::LogonReply();
  bool keeps = false;
  std::vector<jobhost::Logon> asked;
  std::vector<PamAccountCheck::Answer> kept;
  absl::Notification held;
};

class PamAccountCheckTest : public ::testing::Test {
 protected:
  FakeClock clock_;
  FakeJobHost host_;
  PamAccountCheck check_{
      {.service = "some-service", .patience = absl::Milliseconds(20)}, &clock_, host_.Ask()};
};

TEST_F(PamAccountCheckTest, PamIsAskedForTheAccountAndNoPassword) {
  EXPECT_TRUE(check_.Check("alice", "192.0.2.7").ok());
  ASSERT_EQ(host_.asked.size(), 1u);
  EXPECT_EQ(host_.asked[0].service(), "some-service");
  EXPECT_EQ(host_.asked[0].user(), "alice");
  EXPECT_EQ(host_.asked[0].remote_host(), "192.0.2.7");
  EXPECT_TRUE(host_.asked[0].account_only());
  EXPECT_EQ(host_.asked[0].password(), "");
  EXPECT_THAT(check_.name(), HasSubstr("some-service"));
}

TEST_F(PamAccountCheckTest, ARefusalIsInPamsWords) {
  host_.Say(13, "pam_acct_mgmt: PAM_ACCT_EXPIRED (User account has expired)");
  const absl::Status refused = check_.Check("alice", "");
  EXPECT_TRUE(absl::IsPermissionDenied(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("'alice'"));
  EXPECT_THAT(std::string(refused.message()), HasSubstr("User account has expired"));
  ASSERT_TRUE(GetFailureDetail(refused).has_value());
  EXPECT_EQ(GetFailureDetail(refused)->call(), "pam_acct_mgmt");
  EXPECT_THAT(GetFailureDetail(refused)->advice(), HasSubstr("chage -l alice"));
}

TEST_F(PamAccountCheckTest, AnAnswerIsGoodForAWhile) {
  EXPECT_TRUE(check_.Check("alice", "").ok());
  host_.Say(13, "expired");
  EXPECT_TRUE(check_.Check("alice", "").ok());
  EXPECT_FALSE(check_.Check("bob", "").ok()) << "another account";
  EXPECT_FALSE(check_.Check("alice", "192.0.2.7").ok()) << "from elsewhere";
  clock_.Advance(absl::Seconds(10));
  EXPECT_FALSE(check_.Check("alice", "").ok());
  host_.Say(0, "");
  EXPECT_FALSE(check_.Check("alice", "").ok()) << "a refusal is good for as long";
  clock_.Advance(absl::Seconds(10));
  EXPECT_TRUE(check_.Check("alice", "").ok());
}

TEST_F(PamAccountCheckTest, WhatCouldNotBeAskedIsNoAnswer) {
  jobhost::LogonReply hung;
  hung.set_error(ETIMEDOUT);
  hung.set_call("proctor-logon");
  hung.set_detail("PAM did not answer in time");
  jobhost::LogonReply none;
  none.set_error(ENOENT);
  none.set_call("execve");
  for (const absl::StatusOr<jobhost::LogonReply>& reply :
       {absl::StatusOr<jobhost::LogonReply>(hung), absl::StatusOr<jobhost::LogonReply>(none),
        absl::StatusOr<jobhost::LogonReply>(absl::UnavailableError("the job host is away"))}) {
    host_.reply = reply;
    const absl::Status status = check_.Check("alice", "");
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("'alice'"));
  }
  host_.Say(0, "");
  EXPECT_TRUE(check_.Check("alice", "").ok()) << "asked again at once";
}

TEST_F(PamAccountCheckTest, ThoseWhoAskMeanwhileWaitForTheSameAnswer) {
  host_.keeps = true;
  const auto ask = [this] { return check_.Check("alice", ""); };
  std::future<absl::Status> first = std::async(std::launch::async, ask);
  host_.held.WaitForNotification();
  std::future<absl::Status> second = std::async(std::launch::async, ask);
  host_.kept[0](jobhost::LogonReply());
  EXPECT_TRUE(first.get().ok());
  EXPECT_TRUE(second.get().ok());
  EXPECT_EQ(host_.asked.size(), 1u);
}

TEST_F(PamAccountCheckTest, ASilentPamIsNotWaitedForBeyondTheDeadline) {
  PamAccountCheck check({.service = "some-service", .deadline = absl::Milliseconds(20)}, &clock_,
                        host_.Ask());
  host_.keeps = true;
  const absl::Status late = check.Check("alice", "");
  EXPECT_TRUE(absl::IsUnavailable(late)) << late;
  EXPECT_THAT(std::string(late.message()), HasSubstr("did not answer within"));
  EXPECT_TRUE(absl::IsUnavailable(check.Check("alice", "")));
  EXPECT_EQ(host_.asked.size(), 1u) << "one question is enough";
  host_.kept[0](jobhost::LogonReply());
  EXPECT_TRUE(check.Check("alice", "").ok()) << "the late answer counts";
  EXPECT_EQ(host_.asked.size(), 1u);
}

TEST_F(PamAccountCheckTest, AYesStandsWhilePamIsSilent) {
  EXPECT_TRUE(check_.Check("alice", "").ok());
  clock_.Advance(absl::Seconds(11));
  host_.keeps = true;
  EXPECT_TRUE(check_.Check("alice", "").ok());
  EXPECT_TRUE(check_.Check("alice", "").ok()) << "nobody waits anew";
  EXPECT_EQ(host_.asked.size(), 2u);
  jobhost::LogonReply hung;
  hung.set_error(ETIMEDOUT);
  host_.kept[0](hung);
  host_.keeps = false;
  host_.reply = hung;
  EXPECT_TRUE(check_.Check("alice", "").ok());
  EXPECT_TRUE(absl::IsUnavailable(check_.Check("bob", ""))) << "nobody has said yes";
  clock_.Advance(absl::Minutes(10));
  EXPECT_TRUE(absl::IsUnavailable(check_.Check("alice", ""))) << "not for ever";
}

TEST_F(PamAccountCheckTest, ANoEndsWhatStood) {
  EXPECT_TRUE(check_.Check("alice", "").ok());
  clock_.Advance(absl::Seconds(11));
  host_.Say(13, "expired");
  EXPECT_TRUE(absl::IsPermissionDenied(check_.Check("alice", "")));
  clock_.Advance(absl::Seconds(11));
  host_.reply = absl::UnavailableError("the job host is away");
  EXPECT_TRUE(absl::IsUnavailable(check_.Check("alice", "")));
}

TEST_F(PamAccountCheckTest, ANoThatComesLateCounts) {
  EXPECT_TRUE(check_.Check("alice", "").ok());
  clock_.Advance(absl::Seconds(11));
  host_.keeps = true;
  EXPECT_TRUE(check_.Check("alice", "").ok());
  host_.Say(13, "expired");
  host_.kept[0](host_.reply);
  EXPECT_TRUE(absl::IsPermissionDenied(check_.Check("alice", "")));
  clock_.Advance(absl::Seconds(11));
  host_.keeps = false;
  host_.reply = absl::UnavailableError("the job host is away");
  EXPECT_TRUE(absl::IsUnavailable(check_.Check("alice", ""))) << "nothing stands";
}

TEST_F(PamAccountCheckTest, WhereNothingIsKeptNothingStands) {
  PamAccountCheck check({.good_for = absl::ZeroDuration(), .stands_for = absl::ZeroDuration()},
                        &clock_, host_.Ask());
  EXPECT_TRUE(check.Check("alice", "").ok());
  host_.reply = absl::UnavailableError("the job host is away");
  EXPECT_TRUE(absl::IsUnavailable(check.Check("alice", "")));
}

// Of a check that keeps eight answers.
class PamAccountCheckBoundTest : public PamAccountCheckTest {
 protected:
  // As at different times.
  absl::Status Check(const std::string& account, const std::string& remote_host) {
    clock_.Advance(absl::Milliseconds(1));
    return bounded_.Check(account, remote_host);
  }
  // Whether the answer for the account is kept: it is not asked for again.
  bool Keeps(const std::string& account, const std::string& remote_host) {
    const size_t asked = host_.asked.size();
    EXPECT_TRUE(Check(account, remote_host).ok());
    return host_.asked.size() == asked;
  }

  PamAccountCheck bounded_{{.max_kept = 8}, &clock_, host_.Ask()};
};

TEST_F(PamAccountCheckBoundTest, WhoComesFromManyAddressesLosesTheOldestOfItsOwn) {
  EXPECT_TRUE(Check("bob", "192.0.2.7").ok());
  EXPECT_TRUE(Check("carol", "192.0.2.7").ok());
  EXPECT_TRUE(Check("carol", "192.0.2.8").ok());
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(Check("alice", absl::StrCat("2001:db8::", i)).ok());
  EXPECT_TRUE(Keeps("bob", "192.0.2.7"));
  EXPECT_TRUE(Keeps("carol", "192.0.2.7"));
  EXPECT_TRUE(Keeps("carol", "192.0.2.8"));
  EXPECT_TRUE(Keeps("alice", "2001:db8::95"));
  EXPECT_FALSE(Keeps("alice", "2001:db8::94"));
}

TEST_F(PamAccountCheckBoundTest, OfAccountsThatHaveOneEachTheOldestGoes) {
  for (int i = 0; i < 9; ++i) EXPECT_TRUE(Check(absl::StrCat("user", i), "").ok());
  for (int i = 1; i < 9; ++i) EXPECT_TRUE(Keeps(absl::StrCat("user", i), "")) << i;
  EXPECT_FALSE(Keeps("user0", ""));
}

TEST_F(PamAccountCheckBoundTest, WhatIsGoodForNothingGoesFirst) {
  EXPECT_TRUE(Check("bob", "192.0.2.7").ok());
  EXPECT_TRUE(Check("bob", "192.0.2.8").ok());
  host_.reply = absl::UnavailableError("the job host is away");
  for (int i = 0; i < 6; ++i) EXPECT_FALSE(Check("alice", absl::StrCat("2001:db8::", i)).ok());
  host_.Say(0, "");
  for (int i = 0; i < 6; ++i) EXPECT_TRUE(Check(absl::StrCat("user", i), "").ok());
  EXPECT_TRUE(Keeps("bob", "192.0.2.7"));
  EXPECT_TRUE(Keeps("bob", "192.0.2.8"));
  EXPECT_TRUE(Keeps("user0", ""));
}

TEST_F(PamAccountCheckBoundTest, WhatIsAskedForIsAskedOnceHoweverManyCome) {
  const auto ask = [this] { return bounded_.Check("bob", ""); };
  host_.keeps = true;
  std::future<absl::Status> slow = std::async(std::launch::async, ask);
  host_.held.WaitForNotification();
  host_.keeps = false;
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(Check(absl::StrCat("user", i), "").ok());
  std::future<absl::Status> second = std::async(std::launch::async, ask);
  EXPECT_EQ(second.wait_for(std::chrono::milliseconds(100)), std::future_status::timeout);
  host_.kept[0](jobhost::LogonReply());
  EXPECT_TRUE(slow.get().ok());
  EXPECT_TRUE(second.get().ok());
  EXPECT_EQ(host_.asked.size(), 101u);
}

}  // namespace
}  // namespace proctor
