// `proctor login` with a password, where nothing of Kerberos can be used.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "agent/caller/logon_mechanism.h"
#include "tests/agent/rpc/tls_agent.h"
#include "tests/agent/token/identifying_pipeline.h"
#include "tests/agent/token/token_test_peer.h"
#include "tests/client/cli/command_process.h"

namespace proctor {
namespace {

using ::testing::AllOf;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kPassword[] = "wonderland";

class OnePassword final : public LogonJudge {
 public:
  void Judge(v1::LogonCredentials* credentials, const std::string&, Done done) override {
    if (credentials->user() != "alice" || credentials->password() != kPassword) {
      return done(absl::UnauthenticatedError("another password"));
    }
    done(AnonymousCaller());
  }
};

class LoginCommandTest : public ::testing::Test {
 protected:
  void SetUp() override {
    ::setenv("KRB5_CONFIG", "/nonexistent/krb5.conf", 1);
    ::setenv("KRB5CCNAME", "FILE:/nonexistent/ccache", 1);
  }

  CommandProcess::Result Login(const std::string& password) {
    return CommandProcess::Run(agent_.endpoint(),
                               {"login", "--logon", "alice", "--password-file", "-", "--pin",
                                absl::BytesToHexString(agent_.certificate().hashes().sha256)},
                               password);
  }

  static TlsAgent::Options With(Mechanism* mechanism) {
    TlsAgent::Options options;
    options.mechanisms = {mechanism};
    return options;
  }

  OnePassword judge_;
  IdentifyingPipeline pipeline_{[](const AnonymousCaller&) { return TokenTestPeer::Caller(1001); }};
  LogonMechanism mechanism_{&judge_, &pipeline_, {.refusal_time = absl::ZeroDuration()}};
  TlsAgent agent_{With(&mechanism_)};
};

TEST_F(LoginCommandTest, APasswordNeedsNoTicketAndSaysSo) {
  const CommandProcess::Result login = Login(kPassword);
  EXPECT_EQ(login.code, 0) << login.err;
  EXPECT_THAT(login.out,
              AllOf(ContainsRegex("you are +alice\n"),
                    ContainsRegex("credentials +the password of --logon; no Kerberos ticket is "
                                  "needed\n"),
                    ContainsRegex("trusted by +its pin"), ContainsRegex("it knows you as .*1001"),
                    ContainsRegex("handed over +nothing: a logon with a password hands no")));
  EXPECT_THAT(login.out, Not(HasSubstr("service")));
  EXPECT_THAT(login.err, IsEmpty());
}

TEST_F(LoginCommandTest, AWrongPasswordIsToldAfterWhatWasTried) {
  const CommandProcess::Result login = Login("looking-glass");
  EXPECT_EQ(login.code, 1);
  EXPECT_THAT(login.out, ContainsRegex("you are +alice\n"));
  EXPECT_THAT(login.err, HasSubstr("user or password is not right"));
}

}  // namespace
}  // namespace proctor
