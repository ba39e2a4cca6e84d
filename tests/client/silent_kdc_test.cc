// Clients whose key distribution centres do not answer.

#include "tests/client/silent_kdc.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <signal.h>
#include <unistd.h>

#include <filesystem>
#include <iterator>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "common/unique_fd.h"
#include "tests/client/cli/command_process.h"
#include "tests/client/kerberos_client.h"

namespace proctor {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

// MIT's library asks ten of them for more than a minute.
constexpr int kKdcs = 10;
// Less than a session may take without a limit of the caller's (ten seconds), and much more than a
// machine takes that is busy.
constexpr absl::Duration kSoon = absl::Seconds(9);

class SilentKdcTest : public KerberosClientTest {
 protected:
  void SetUp() override {
    KerberosClientTest::SetUp();
    if (IsSkipped()) return;
    std::vector<int> ports;
    for (const SilentKdc& kdc : kdcs_) ports.push_back(kdc.port());
    UseConfiguration(ports);
    agent_ = std::make_unique<KerberosAgent>(*keytab_);
  }

  absl::Status Ask(const ClientOptions& options, const CallOptions& call = {}) {
    const absl::Time start = absl::Now();
    absl::Status status = AgentClient::Connect(options).value()->WhoAmI(call).status();
    EXPECT_LT(absl::Now() - start, kSoon);
    return status;
  }

  static size_t CountThreads() {
    const std::filesystem::directory_iterator threads("/proc/self/task");
    return static_cast<size_t>(std::distance(begin(threads), end(threads)));
  }

  SilentKdc kdcs_[kKdcs];
  std::unique_ptr<KerberosAgent> agent_;
};

TEST_F(SilentKdcTest, ACallEndsWithItsDeadlineAndNamesTheRealm) {
  CallOptions call;
  call.deadline = absl::Seconds(1);
  const absl::Status failed = Ask(OptionsFor((*agent_)->endpoint()), call);
  EXPECT_TRUE(absl::IsDeadlineExceeded(failed)) << failed;
  EXPECT_THAT(std::string(failed.message()), HasSubstr("the KDC of PROCTOR.TEST did not answer"));
  EXPECT_THAT(GetFailureDetail(failed).value_or(v1::FailureDetail()).advice(),
              HasSubstr("krb5.conf"));
  EXPECT_TRUE(kdcs_[0].AwaitRequest()) << "the test is about one that was asked";
}

TEST_F(SilentKdcTest, TheFirstCallEndsWithTheConnectTimeout) {
  ClientOptions options = OptionsFor((*agent_)->endpoint());
  options.connect_timeout = absl::Seconds(1);
  const absl::Status failed = Ask(options);
  EXPECT_TRUE(absl::IsUnavailable(failed)) << failed;
  EXPECT_THAT(std::string(failed.message()), HasSubstr("the KDC of PROCTOR.TEST did not answer"));
}

TEST_F(SilentKdcTest, WhatIsWaitedForIsToldAndCancellationEndsIt) {
  Cancellation cancellation;
  std::vector<std::string> told;
  ClientOptions options = OptionsFor((*agent_)->endpoint());
  options.on_waiting = [&](const std::string& what) {
    told.push_back(what);
    cancellation.Cancel();
  };
  CallOptions call;
  call.cancel = &cancellation;
  const absl::Status failed = Ask(options, call);
  EXPECT_TRUE(absl::IsCancelled(failed)) << failed;
  EXPECT_THAT(told, ElementsAre("the KDC of PROCTOR.TEST"));
}

TEST_F(SilentKdcTest, CallsThatGiveUpLeaveOneAttemptBehind) {
  const auto client = AgentClient::Connect(OptionsFor((*agent_)->endpoint())).value();
  CallOptions call;
  call.deadline = absl::Milliseconds(200);
  EXPECT_FALSE(client->WhoAmI(call).ok());
  const size_t before = CountThreads();
  for (int i = 0; i < 20; ++i) EXPECT_FALSE(client->WhoAmI(call).ok());
  EXPECT_LT(CountThreads(), before + 10);
}

TEST_F(SilentKdcTest, TheOneThatAnswersInTheEndOpensTheSessionForTheNextCall) {
  UseConfiguration({kdcs_[0].port(), realm_->port()});
  const auto client = AgentClient::Connect(OptionsFor((*agent_)->endpoint())).value();
  CallOptions call;
  call.deadline = absl::Milliseconds(100);
  const absl::Status failed = client->WhoAmI(call).status();
  EXPECT_TRUE(absl::IsDeadlineExceeded(failed)) << failed;
  const auto who = client->WhoAmI();
  ASSERT_TRUE(who.ok()) << who.status();
  EXPECT_EQ(who->principal().posix().uid(), kAlice);
}

// The own realm answers; the agent's does not.
TEST_F(SilentKdcTest, TheRealmThatIsSilentIsNamedNotTheOwn) {
  RealmOptions options;
  options.name = "FRIENDS.TEST";
  const auto friends = TestRealm::Create(options).value();
  ASSERT_TRUE(realm_->Trust(*friends).ok());
  UseConfiguration(
      {realm_->port()}, "",
      absl::StrCat("  FRIENDS.TEST = {\n    kdc = 127.0.0.1:", kdcs_[0].port(), "\n  }\n"));
  ClientOptions client = OptionsFor((*agent_)->endpoint());
  client.tls.service_principal = absl::StrCat(kService, "@FRIENDS.TEST");
  client.connect_timeout = absl::Seconds(2);
  const absl::Status failed = Ask(client);
  EXPECT_TRUE(absl::IsUnavailable(failed)) << failed;
  EXPECT_THAT(std::string(failed.message()), HasSubstr("the KDC of FRIENDS.TEST did not answer"));
}

TEST_F(SilentKdcTest, TheCommandEndsWithItsConnectTimeout) {
  const absl::Time start = absl::Now();
  const CommandProcess::Result result = CommandProcess::Run(
      (*agent_)->endpoint(), {"--connect-timeout", "1s", "--spn", kService, "whoami"});
  EXPECT_LT(absl::Now() - start, kSoon);
  EXPECT_EQ(result.code, 1);
  EXPECT_THAT(result.err, HasSubstr("proctor: the KDC of PROCTOR.TEST did not answer in time\n"));
  EXPECT_THAT(result.err, HasSubstr("proctor login --check"));
  EXPECT_THAT(result.err, Not(HasSubstr("waiting for"))) << "nobody looks on";
}

TEST_F(SilentKdcTest, ATerminalIsToldWhatIsWaitedForAndCtrlCEndsIt) {
  int terminal = -1;
  int side = -1;
  ASSERT_EQ(::openpty(&terminal, &side, nullptr, nullptr, nullptr), 0);
  const UniqueFd ours(terminal);
  UniqueFd theirs(side);
  CommandProcess proctor((*agent_)->endpoint(),
                         {"--connect-timeout", "60s", "--spn", kService, "run", "--", "true"}, "",
                         theirs.get());
  theirs.reset();
  std::string told;
  char byte;
  while (!absl::StrContains(told, " …") && ::read(ours.get(), &byte, 1) == 1) told += byte;
  EXPECT_THAT(told, HasSubstr("proctor: waiting for the KDC of PROCTOR.TEST …"));
  const absl::Time start = absl::Now();
  ::kill(proctor.pid(), SIGINT);
  EXPECT_EQ(proctor.Finish().code, 128 + SIGINT);
  EXPECT_LT(absl::Now() - start, kSoon);
}

}  // namespace
}  // namespace proctor
