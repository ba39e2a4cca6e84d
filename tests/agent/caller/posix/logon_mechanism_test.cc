#include "agent/caller/posix/logon_mechanism.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <future>

#include "agent/caller/refusal_reason.h"
#include "agent/token/posix/account_database.h"
#include "agent/token/posix/pam_logon.h"
#include "agent/token/posix/posix_token_pipeline.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kRefusalTime = absl::Milliseconds(300);

// Says what it was told to say, and keeps what it was asked.
class FakeJudge final : public LogonJudge {
 public:
  void Judge(LogonAttempt attempt, Done done) override {
    asked.push_back(std::move(attempt));
    done(verdict);
  }

  absl::StatusOr<std::string> verdict = absl::UnauthenticatedError("nothing was said");
  std::vector<LogonAttempt> asked;
};

class LogonMechanismTest : public ::testing::Test {
 protected:
  absl::StatusOr<HandshakeStep> Try(const std::string& user, const std::string& password,
                                    const std::string& peer = "ipv4:192.0.2.1:4711") {
    v1::AuthenticateRequest request;
    request.mutable_logon()->set_user(user);
    request.mutable_logon()->set_password(password);
    const std::unique_ptr<Handshake> handshake = mechanism_.Begin({peer, "binding", "nonce"});
    std::promise<absl::StatusOr<HandshakeStep>> promise;
    handshake->Continue(std::move(request), [&promise](absl::StatusOr<HandshakeStep> step) {
      promise.set_value(std::move(step));
    });
    return promise.get_future().get();
  }

  static std::string OwnName() { return ::getpwuid(::getuid())->pw_name; }

  AccountDatabase accounts_{Clock::Real()};
  PosixTokenPipeline pipeline_{{.path = "/bin", .root_path = "/sbin", .own_uid = ::getuid()},
                               CapabilitySet(0),
                               Clock::Real(),
                               &accounts_};
  LogonThrottle throttle_{{.max_failures_per_minute = 4}, Clock::Real()};
  FakeJudge judge_;
  HandshakeWorkers workers_{1};
  DelayedAnswers refusals_;
  LogonMechanism mechanism_{{&judge_, &throttle_, &pipeline_, &workers_, &refusals_},
                            {"some-service", kRefusalTime}};
};

TEST_F(LogonMechanismTest, AGoodPasswordGivesTheAccountAsTheNameServiceHasIt) {
  judge_.verdict = OwnName();
  const absl::StatusOr<HandshakeStep> step = Try("anybody", "secret");
  ASSERT_TRUE(step.ok()) << step.status();
  const CallerToken& caller = *step->caller;
  EXPECT_EQ(caller.principal()->proto().posix().uid(), ::getuid());
  EXPECT_EQ(caller.principal()->proto().name(), OwnName());
  EXPECT_EQ(caller.mechanism(), "password (PAM)");
  EXPECT_EQ(caller.authentication().network_credentials().kind(),
            v1::NetworkCredentials::NO_CREDENTIALS);
  EXPECT_TRUE(step->response.has_session());
}

TEST_F(LogonMechanismTest, TheJudgeIsAskedForWhatTheCallerSent) {
  judge_.verdict = OwnName();
  ASSERT_TRUE(Try("alice", "secret", "ipv6:%5B2001:db8::1%5D:4711").ok());
  ASSERT_EQ(judge_.asked.size(), 1u);
  EXPECT_EQ(judge_.asked[0].user, "alice");
  EXPECT_EQ(judge_.asked[0].password.view(), "secret");
  EXPECT_EQ(judge_.asked[0].remote_host, "2001:db8::1");
}

TEST_F(LogonMechanismTest, ItsJobsGetASessionOfTheSameServiceAndAccount) {
  judge_.verdict = OwnName();
  const absl::StatusOr<HandshakeStep> step = Try("anybody", "secret");
  ASSERT_TRUE(step.ok());
  const auto* pam = static_cast<const PamLogon*>(step->caller->context().get());
  ASSERT_NE(pam, nullptr);
  EXPECT_EQ(pam->service, "some-service");
  EXPECT_EQ(pam->user, OwnName());
}

TEST_F(LogonMechanismTest, TheAnswerIsTheSameAndTakesAsLongWhateverIsWrong) {
  const auto attempt = [this](const std::string& user, const std::string& password) {
    const absl::Duration begun = Clock::Real()->Monotonic();
    const absl::Status refused = Try(user, password).status();
    EXPECT_GE(Clock::Real()->Monotonic() - begun, kRefusalTime);
    return refused;
  };
  judge_.verdict = absl::UnauthenticatedError("PAM_AUTH_ERR");
  const absl::Status wrong = attempt("alice", "wrong");
  EXPECT_TRUE(absl::IsUnauthenticated(wrong));
  EXPECT_THAT(std::string(wrong.message()), Not(HasSubstr("PAM")));
  judge_.verdict = absl::UnauthenticatedError("PAM_ACCT_EXPIRED");
  const absl::Status expired = attempt("bob", "right");
  // PAM takes it for good, and the machine does not know it.
  judge_.verdict = "proctor-no-such-account";
  const absl::Status unknown = attempt("carol", "right");
  const absl::Status impossible = attempt(std::string("da\0ve", 5), "x");
  for (const absl::Status& other : {expired, unknown, impossible}) {
    EXPECT_EQ(other.code(), wrong.code());
    EXPECT_EQ(other.message(), wrong.message());
  }
  EXPECT_EQ(GetRefusalReason(wrong)->reason, "PAM_AUTH_ERR");
  EXPECT_EQ(GetRefusalReason(wrong)->principal, "alice");
  EXPECT_THAT(GetRefusalReason(unknown)->reason, HasSubstr("no account"));
}

TEST_F(LogonMechanismTest, AnExhaustedAccountIsRefusedInTheSameWordsAndNotJudged) {
  judge_.verdict = absl::UnauthenticatedError("PAM_AUTH_ERR");
  std::vector<absl::Status> refused;
  for (const std::string host : {"1", "2", "3", "4", "5"}) {
    refused.push_back(Try("alice", "wrong", "ipv4:192.0.2." + host + ":1").status());
  }
  EXPECT_EQ(judge_.asked.size(), 4u);
  EXPECT_EQ(refused[4].code(), refused[0].code());
  EXPECT_EQ(refused[4].message(), refused[0].message());
  judge_.verdict = OwnName();
  EXPECT_TRUE(absl::IsUnauthenticated(Try("alice", "right", "ipv4:192.0.2.6:1").status()));
}

TEST_F(LogonMechanismTest, AnExhaustedAddressIsToldSo) {
  judge_.verdict = absl::UnauthenticatedError("PAM_AUTH_ERR");
  for (const std::string user : {"a", "b", "c", "d"}) {
    EXPECT_TRUE(absl::IsUnauthenticated(Try(user, "wrong").status()));
  }
  EXPECT_TRUE(absl::IsResourceExhausted(Try("e", "wrong").status()));
}

TEST_F(LogonMechanismTest, GoodLogonsDoNotCount) {
  judge_.verdict = OwnName();
  for (int i = 0; i < 20; ++i) EXPECT_TRUE(Try("alice", "right").ok());
}

TEST_F(LogonMechanismTest, WhatCouldNotBeJudgedIsNoFailureOfTheCaller) {
  judge_.verdict = absl::UnavailableError("the job host is away");
  for (int i = 0; i < 10; ++i) {
    const absl::Status status = Try("alice", "right").status();
    EXPECT_TRUE(absl::IsUnavailable(status)) << status;
    EXPECT_EQ(GetRefusalReason(status)->reason, "the job host is away");
  }
}

}  // namespace
}  // namespace proctor
