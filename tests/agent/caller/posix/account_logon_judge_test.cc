#include "agent/caller/posix/account_logon_judge.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>

#include <future>
#include <vector>

#include "agent/token/posix/pam_logon.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

// An account that every machine has, and that is not the superuser's.
constexpr char kAccount[] = "daemon";

// Says what it was told to say, and keeps what it was asked.
class FakePasswordJudge final : public PasswordJudge {
 public:
  void Judge(PasswordAttempt attempt, Done done) override {
    asked.push_back(std::move(attempt));
    done(verdict);
  }

  absl::StatusOr<std::string> verdict = absl::UnauthenticatedError("nothing was said");
  std::vector<PasswordAttempt> asked;
};

class AccountLogonJudgeTest : public ::testing::Test {
 protected:
  absl::StatusOr<AnonymousCaller> Try(const std::string& user, const std::string& password,
                                      const std::string& domain = "") {
    v1::LogonCredentials credentials;
    credentials.set_user(user);
    credentials.set_domain(domain);
    credentials.set_password(password);
    std::promise<absl::StatusOr<AnonymousCaller>> promise;
    judge_.Judge(&credentials, "2001:db8::1", [&promise](absl::StatusOr<AnonymousCaller> caller) {
      promise.set_value(std::move(caller));
    });
    EXPECT_TRUE(credentials.password().empty());
    return promise.get_future().get();
  }

  FakePasswordJudge passwords_;
  UserWorkers lookups_{UserWorkers::Options(), Clock::Real()};
  AccountLogonJudge judge_{
      &passwords_, "some-service", &lookups_, [this](const std::string& account) {
        return silent_ ? absl::StatusOr<v1::Principal>(absl::DeadlineExceededError("no answer"))
                       : IdentityOfAccount(account);
      }};
  bool silent_ = false;
};

TEST_F(AccountLogonJudgeTest, AGoodPasswordGivesTheAccountAsTheNameServiceHasIt) {
  passwords_.verdict = std::string(kAccount);
  const absl::StatusOr<AnonymousCaller> caller = Try("anybody", "secret");
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->credentials.posix().uid(), ::getpwnam(kAccount)->pw_uid);
  EXPECT_EQ(caller->credentials.name(), kAccount);
  EXPECT_EQ(caller->authentication.mechanism(), "password (PAM)");
  EXPECT_EQ(caller->authentication.network_credentials().kind(),
            v1::NetworkCredentials::NO_CREDENTIALS);
}

TEST_F(AccountLogonJudgeTest, PamIsAskedForWhatTheCallerSent) {
  passwords_.verdict = std::string(kAccount);
  ASSERT_TRUE(Try("alice", "secret").ok());
  ASSERT_EQ(passwords_.asked.size(), 1u);
  EXPECT_EQ(passwords_.asked[0].user, "alice");
  EXPECT_EQ(passwords_.asked[0].password.view(), "secret");
  EXPECT_EQ(passwords_.asked[0].remote_host, "2001:db8::1");
}

TEST_F(AccountLogonJudgeTest, AUserOfADomainIsAskedForAsTheNameServiceHasIt) {
  passwords_.verdict = std::string(kAccount);
  ASSERT_TRUE(Try("alice", "secret", "DOMAIN").ok());
  ASSERT_TRUE(Try("alice@example.com", "secret").ok());
  ASSERT_TRUE(Try("alice", "secret", ".").ok()) << "the machine itself";
  ASSERT_EQ(passwords_.asked.size(), 3u);
  EXPECT_EQ(passwords_.asked[0].user, "DOMAIN\\alice");
  EXPECT_EQ(passwords_.asked[1].user, "alice@example.com");
  EXPECT_EQ(passwords_.asked[2].user, "alice");
}

TEST_F(AccountLogonJudgeTest, ItsJobsGetASessionOfTheSameServiceAndAccount) {
  passwords_.verdict = std::string(kAccount);
  const absl::StatusOr<AnonymousCaller> caller = Try("anybody", "secret");
  ASSERT_TRUE(caller.ok());
  const auto* pam = static_cast<const PamLogon*>(caller->context.get());
  ASSERT_NE(pam, nullptr);
  EXPECT_EQ(pam->service, "some-service");
  EXPECT_EQ(pam->user, kAccount);
}

TEST_F(AccountLogonJudgeTest, AnAccountThatOnlyPamKnowsIsRefused) {
  passwords_.verdict = std::string("proctor-no-such-account");
  const absl::Status status = Try("carol", "right").status();
  EXPECT_TRUE(absl::IsUnauthenticated(status));
  EXPECT_THAT(std::string(status.message()), HasSubstr("no account"));
}

TEST_F(AccountLogonJudgeTest, ANameServiceThatDoesNotAnswerIsNoWrongPassword) {
  passwords_.verdict = std::string(kAccount);
  silent_ = true;
  const absl::Status status = Try("carol", "right").status();
  EXPECT_FALSE(status.ok());
  EXPECT_FALSE(absl::IsUnauthenticated(status)) << status;
}

TEST_F(AccountLogonJudgeTest, TheSuperuserIsRefusedWhateverPamSays) {
  passwords_.verdict = std::string("root");
  EXPECT_TRUE(absl::IsUnauthenticated(Try("root", "right").status()));
}

TEST_F(AccountLogonJudgeTest, WhatCannotBeRightIsNotAskedFor) {
  passwords_.verdict = std::string(kAccount);
  EXPECT_TRUE(absl::IsUnauthenticated(Try("", "x").status()));
  EXPECT_TRUE(absl::IsUnauthenticated(Try(std::string("da\0ve", 5), "x").status()));
  EXPECT_TRUE(absl::IsUnauthenticated(Try(std::string(257, 'a'), "x").status()));
  EXPECT_TRUE(absl::IsUnauthenticated(Try("alice", std::string(4097, 'x')).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(Try("", "x", "DOMAIN").status()));
  EXPECT_TRUE(absl::IsUnauthenticated(Try("alice", "x", std::string("DO\0M", 4)).status()));
  EXPECT_TRUE(absl::IsUnauthenticated(Try("alice", "x", std::string(255, 'D')).status()));
  EXPECT_TRUE(passwords_.asked.empty());
}

}  // namespace
}  // namespace proctor
