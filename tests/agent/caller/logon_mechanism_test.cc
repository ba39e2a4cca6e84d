#include "agent/caller/logon_mechanism.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <vector>

#include "agent/caller/refusal_reason.h"
#include "common/clock.h"
#include "tests/agent/token/identifying_pipeline.h"
#include "tests/agent/token/token_test_peer.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

constexpr absl::Duration kRefusalTime = absl::Milliseconds(300);

// Says what it was told to say, and keeps what it was asked.
class FakeJudge final : public LogonJudge {
 public:
  void Judge(v1::LogonCredentials* credentials, const std::string& remote_host,
             Done done) override {
    asked.push_back(*credentials);
    hosts.push_back(remote_host);
    done(verdict);
  }

  absl::StatusOr<AnonymousCaller> verdict = absl::UnauthenticatedError("nothing was said");
  std::vector<v1::LogonCredentials> asked;
  std::vector<std::string> hosts;
};

class LogonMechanismTest : public ::testing::Test {
 protected:
  absl::StatusOr<HandshakeStep> Try(const std::string& user, const std::string& password,
                                    const std::string& peer = "ipv4:192.0.2.1:4711",
                                    const std::string& domain = "") {
    v1::AuthenticateRequest request;
    request.mutable_logon()->set_user(user);
    request.mutable_logon()->set_domain(domain);
    request.mutable_logon()->set_password(password);
    const std::unique_ptr<Handshake> handshake = mechanism_.Begin({peer, "binding", "nonce"});
    std::promise<absl::StatusOr<HandshakeStep>> promise;
    handshake->Continue(std::move(request), [&promise](absl::StatusOr<HandshakeStep> step) {
      promise.set_value(std::move(step));
    });
    return promise.get_future().get();
  }

  absl::Status unidentified_;
  IdentifyingPipeline pipeline_{[this](const AnonymousCaller&) -> absl::StatusOr<CallerToken> {
    if (!unidentified_.ok()) return unidentified_;
    return TokenTestPeer::Caller(1001);
  }};
  FakeJudge judge_;
  LogonMechanism mechanism_{
      &judge_, &pipeline_, {.max_failures_per_minute = 4, .refusal_time = kRefusalTime}};
};

TEST_F(LogonMechanismTest, AGoodPasswordGivesTheCallerOfThePipeline) {
  judge_.verdict = AnonymousCaller();
  const absl::StatusOr<HandshakeStep> step = Try("alice", "secret", "ipv6:%5B2001:db8::1%5D:4711");
  ASSERT_TRUE(step.ok()) << step.status();
  EXPECT_EQ(step->caller->principal()->proto().posix().uid(), 1001u);
  EXPECT_TRUE(step->response.has_session());
  EXPECT_EQ(judge_.asked[0].user(), "alice");
  EXPECT_EQ(judge_.asked[0].password(), "secret");
  EXPECT_EQ(judge_.hosts[0], "2001:db8::1");
}

TEST_F(LogonMechanismTest, TheAnswerIsTheSameAndTakesAsLongWhateverIsWrong) {
  const auto attempt = [this](const std::string& user) {
    const absl::Duration begun = Clock::Real()->Monotonic();
    const absl::Status refused = Try(user, "secret").status();
    EXPECT_GE(Clock::Real()->Monotonic() - begun, kRefusalTime);
    return refused;
  };
  judge_.verdict = absl::UnauthenticatedError("PAM_AUTH_ERR");
  const absl::Status wrong = attempt("alice");
  EXPECT_TRUE(absl::IsUnauthenticated(wrong));
  EXPECT_THAT(std::string(wrong.message()), Not(HasSubstr("PAM")));
  judge_.verdict = absl::UnauthenticatedError("PAM_ACCT_EXPIRED");
  const absl::Status expired = attempt("bob");
  judge_.verdict = AnonymousCaller();
  unidentified_ = absl::PermissionDeniedError("the token is not what it should be");
  const absl::Status unknown = attempt("carol");
  for (const absl::Status& other : {expired, unknown}) {
    EXPECT_EQ(other.code(), wrong.code());
    EXPECT_EQ(other.message(), wrong.message());
  }
  EXPECT_EQ(GetRefusalReason(wrong)->reason, "PAM_AUTH_ERR");
  EXPECT_EQ(GetRefusalReason(wrong)->principal, "alice");
  EXPECT_EQ(GetRefusalReason(unknown)->reason, "the token is not what it should be");
}

TEST_F(LogonMechanismTest, AnExhaustedAccountIsRefusedInTheSameWordsAndNotJudged) {
  judge_.verdict = absl::UnauthenticatedError("PAM_AUTH_ERR");
  std::vector<absl::Status> refused;
  for (const std::string host : {"1", "2", "3", "4", "5"}) {
    // Windows takes all of these for one account; the domain "." is the machine itself everywhere.
    const std::string user = host == "2" ? "Alice" : "alice";
    const std::string domain = host == "3" ? "." : "";
    refused.push_back(Try(user, "wrong", "ipv4:192.0.2." + host + ":1", domain).status());
  }
  EXPECT_EQ(judge_.asked.size(), 4u);
  EXPECT_EQ(refused[4].code(), refused[0].code());
  EXPECT_EQ(refused[4].message(), refused[0].message());
  judge_.verdict = AnonymousCaller();
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
  judge_.verdict = AnonymousCaller();
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
