// What becomes of a client whose handshake is complete: security contexts of a real KDC have tests
// of their own.

#include "agent/caller/negotiate_mechanism.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <future>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/synchronization/notification.h"
#include "agent/caller/refusal_reason.h"
#include "common/failure_detail.h"
#include "common/mutex.h"
#include "tests/agent/token/identifying_pipeline.h"
#include "tests/agent/token/token_test_peer.h"

namespace proctor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

constexpr char kService[] = "proctor/agent.test";

// Complete with the first token, which is the client's name.
class OneLegContext final : public NegotiateContext {
 public:
  OneLegContext() : NegotiateContext({.is_acceptor = true, .service_principal = kService}) {}

 private:
  absl::StatusOr<NegotiateStep> DoStep(absl::string_view token, NegotiateFacts* facts) override {
    facts->client_principal = std::string(token);
    facts->service_principal = kService;
    facts->mutual = facts->integrity = facts->channel_bound = true;
    facts->replay_detection = facts->sequence_detection = true;
    return NegotiateStep{"", true};
  }
  absl::StatusOr<std::string> DoSign(absl::string_view) override { return std::string("signed"); }
  absl::Status DoVerify(absl::string_view, absl::string_view) override { return absl::OkStatus(); }
};

class OneLegAcceptor final : public NegotiateAcceptor {
 public:
  absl::StatusOr<std::unique_ptr<NegotiateContext>> Accept(absl::string_view) override {
    return std::make_unique<OneLegContext>();
  }
  std::string service_principal() const override { return kService; }
  absl::Status CheckUsable() const override { return absl::OkStatus(); }
};

// A name service that does not answer for some, until it is let go. Others have an account of their
// principal's name; those of the realm STRANGE have none.
class FakeNameService final : public PrincipalMap {
 public:
  ~FakeNameService() override { LetGo(); }

  absl::StatusOr<AnonymousCaller> Describe(const NegotiateFacts& facts,
                                           std::unique_ptr<NegotiatedClient>) override {
    const std::string& name = facts.client_principal;
    if (silent_for.count(name) > 0) let_go_.WaitForNotification();
    AnonymousCaller caller;
    if (name.find("@STRANGE") == std::string::npos) {
      caller.credentials.set_name(name);
      caller.credentials.mutable_posix()->set_uid(1001);
    } else {
      caller.credentials.mutable_kerberos()->set_principal(name);
    }
    return caller;
  }
  void LetGo() {
    if (!let_go_.HasBeenNotified()) let_go_.Notify();
  }

  std::set<std::string> silent_for;

 private:
  absl::Notification let_go_;
};

class FakeAccountCheck final : public AccountCheck {
 public:
  absl::Status Check(const std::string& account, const std::string& remote_host) override {
    asked.push_back(account + " from " + remote_host);
    return verdict;
  }
  std::string name() const override { return "a test's check"; }

  absl::Status verdict;
  std::vector<std::string> asked;
};

// One client, up to its signature, whose answer is waited for later.
class Client {
 public:
  Client(NegotiateMechanism* mechanism, const std::string& principal)
      : handshake_(mechanism->Begin({"ipv4:192.0.2.7:4711", "binding", "nonce"})) {
    v1::AuthenticateRequest request;
    request.set_token(principal);
    const absl::StatusOr<HandshakeStep> step = Start(std::move(request)).get();
    EXPECT_TRUE(step.ok() && step->response.has_context()) << step.status();
    v1::AuthenticateRequest signature;
    signature.set_client_signature("signed");
    answer_ = Start(std::move(signature));
  }

  absl::StatusOr<HandshakeStep> Await() { return answer_.get(); }

 private:
  std::future<absl::StatusOr<HandshakeStep>> Start(v1::AuthenticateRequest request) {
    const auto promise = std::make_shared<std::promise<absl::StatusOr<HandshakeStep>>>();
    handshake_->Continue(std::move(request), [promise](absl::StatusOr<HandshakeStep> step) {
      promise->set_value(std::move(step));
    });
    return promise->get_future();
  }

  const std::unique_ptr<Handshake> handshake_;
  std::future<absl::StatusOr<HandshakeStep>> answer_;
};

class NegotiateMechanismTest : public ::testing::Test {
 protected:
  NegotiateMechanism& Mechanism(UserWorkers::Options lookups = {},
                                AccountCheck* accounts = nullptr) {
    lookups_ = std::make_unique<UserWorkers>(std::move(lookups), Clock::Real());
    mechanism_ = std::make_unique<NegotiateMechanism>(NegotiateMechanism::Parts{
        &acceptor_, &names_, &pipeline_, &workers_, lookups_.get(), accounts});
    return *mechanism_;
  }
  void TearDown() override {
    names_.LetGo();
    if (lookups_ != nullptr) {
      EXPECT_TRUE(lookups_->Stop(absl::Seconds(30)));
    }
  }

  OneLegAcceptor acceptor_;
  FakeNameService names_;
  Mutex identified_mutex_;  // Several threads may identify at once.
  std::vector<v1::AuthenticationContext> identified_;
  IdentifyingPipeline pipeline_{[this](const AnonymousCaller& caller) {
    MutexLock lock(&identified_mutex_);
    identified_.push_back(caller.authentication);
    return TokenTestPeer::Caller(1001, caller.credentials.name());
  }};
  HandshakeWorkers workers_{1};
  std::unique_ptr<UserWorkers> lookups_;
  std::unique_ptr<NegotiateMechanism> mechanism_;
};

TEST_F(NegotiateMechanismTest, ANameServiceThatDoesNotAnswerForOneHoldsUpNobodyElse) {
  names_.silent_for = {"alice@REALM"};
  NegotiateMechanism& mechanism = Mechanism({.max_threads = 4, .max_running_per_user = 2});
  std::vector<std::unique_ptr<Client>> held;
  for (int i = 0; i < 8; ++i) held.push_back(std::make_unique<Client>(&mechanism, "alice@REALM"));
  Client bob(&mechanism, "bob@REALM");
  const absl::StatusOr<HandshakeStep> step = bob.Await();
  ASSERT_TRUE(step.ok()) << step.status();
  EXPECT_EQ(step->caller->principal()->proto().name(), "bob@REALM");
  names_.LetGo();
  for (const auto& client : held) EXPECT_TRUE(client->Await().ok());
}

TEST_F(NegotiateMechanismTest, WhoIsNotNamedInTimeIsToldThatItIsTheNameService) {
  names_.silent_for = {"alice@REALM"};
  Client alice(&Mechanism({.deadline = absl::Milliseconds(50),
                           .late = "the name service did not say",
                           .advice = "ask the directory"}),
               "alice@REALM");
  const absl::Status late = alice.Await().status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(late)) << late;
  EXPECT_THAT(std::string(late.message()), HasSubstr("the name service did not say"));
  ASSERT_TRUE(GetFailureDetail(late).has_value());
  EXPECT_EQ(GetFailureDetail(late)->advice(), "ask the directory");
  ASSERT_TRUE(GetRefusalReason(late).has_value()) << "for the log";
  EXPECT_EQ(GetRefusalReason(late)->principal, "alice@REALM");
  EXPECT_THAT(GetRefusalReason(late)->reason, HasSubstr("the name service"));
  names_.LetGo();
  EXPECT_TRUE(lookups_->Stop(absl::Seconds(30))) << "a late answer finds nobody, and hurts nobody";
}

TEST_F(NegotiateMechanismTest, AnAccountIsAskedAboutAndSaysByWhom) {
  FakeAccountCheck check;
  Client alice(&Mechanism({}, &check), "alice@REALM");
  ASSERT_TRUE(alice.Await().ok());
  EXPECT_THAT(check.asked, ElementsAre("alice@REALM from 192.0.2.7"));
  ASSERT_EQ(identified_.size(), 1u);
  EXPECT_EQ(identified_[0].account_checked_by(), "a test's check");
}

TEST_F(NegotiateMechanismTest, WhoseAccountMayNotBeUsedIsRefusedAndToldWhy) {
  FakeAccountCheck check;
  v1::FailureDetail detail;
  detail.set_call("pam_acct_mgmt");
  check.verdict = WithFailureDetail(absl::PermissionDeniedError("the account has expired"), detail);
  Client alice(&Mechanism({}, &check), "alice@REALM");
  const absl::Status refused = alice.Await().status();
  EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
  EXPECT_EQ(refused.message(), "the account has expired");
  ASSERT_TRUE(GetFailureDetail(refused).has_value());
  EXPECT_EQ(GetFailureDetail(refused)->call(), "pam_acct_mgmt");
  EXPECT_THAT(identified_, IsEmpty());
}

TEST_F(NegotiateMechanismTest, WhoCannotBeAskedAboutIsNotLetIn) {
  FakeAccountCheck check;
  check.verdict = absl::UnavailableError("PAM does not answer");
  Client alice(&Mechanism({}, &check), "alice@REALM");
  EXPECT_TRUE(absl::IsUnavailable(alice.Await().status()));
  EXPECT_THAT(identified_, IsEmpty());
}

TEST_F(NegotiateMechanismTest, WhoHasNoAccountIsNotAskedAbout) {
  FakeAccountCheck check;
  check.verdict = absl::PermissionDeniedError("nobody asked");
  Client eve(&Mechanism({}, &check), "eve@STRANGE");
  EXPECT_TRUE(eve.Await().ok());
  EXPECT_THAT(check.asked, IsEmpty());
}

TEST_F(NegotiateMechanismTest, WithoutACheckTheIdentitySaysSo) {
  Client alice(&Mechanism(), "alice@REALM");
  ASSERT_TRUE(alice.Await().ok());
  ASSERT_EQ(identified_.size(), 1u);
  EXPECT_THAT(identified_[0].account_checked_by(), HasSubstr("nothing"));
}

}  // namespace
}  // namespace proctor
