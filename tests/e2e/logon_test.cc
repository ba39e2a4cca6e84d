// Callers over TLS who prove themselves with user and password: real PAM, real accounts, real jobs.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "client/agent_client.h"
#include "common/hex_bytes.h"
#include "tests/e2e/agent_fixture.h"
#include "tests/e2e/eventually.h"

namespace proctor {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kPassword[] = "Tres-secret;motto";

class LogonTest : public AgentTest {
 protected:
  void SetUp() override {
    if (::getuid() != 0) GTEST_SKIP() << "needs root";
    alice_ = std::make_unique<TestUser>();
    ASSERT_EQ(std::system(absl::StrCat("echo '", name(), ":", kPassword, "' | chpasswd").c_str()),
              0);
    Write("pam-note",
          absl::StrCat("#!/bin/sh\necho \"$PAM_TYPE $PAM_USER\" >> ", Path("pam-log"), "\n"));
    Write("pam-env", "GREETING DEFAULT=hello\n");
    Write("proctor-test",
          absl::StrCat("auth required pam_unix.so\naccount required pam_unix.so\n",
                       "session required pam_env.so readenv=0 conffile=", Path("pam-env"), "\n",
                       "session required pam_exec.so ", Path("pam-note"), "\n"));
    Write("host", absl::StrCat("#!/bin/sh\nexec ", PROCTOR_BIN_DIR,
                               "/proctor-jobhost \"$@\" --pam-config ", directory().path(), "\n"));
    AgentSetup setup;
    setup.config = absl::StrCat(
        "tls_listen: \"127.0.0.1:0\"\n",
        "logon { enabled: true pam_service: \"proctor-test\" max_failures_per_minute: 4 }\n",
        "job_host { program: \"", Path("host"), "\" }\n");
    StartAgent(std::move(setup));
    ASSERT_TRUE(Eventually([this] { return !Endpoint().empty(); })) << agent().Log();
  }

  std::string name() const { return alice_->account().name; }
  std::string Path(const std::string& file) const {
    return absl::StrCat(directory().path(), "/", file);
  }
  void Write(const std::string& file, const std::string& text) const {
    std::ofstream(Path(file)) << text;
    ::chmod(Path(file).c_str(), 0755);
  }

  // What the agent's log says of its listener: "TLS on 127.0.0.1:41234, certificate SHA-256
  // ab01..."
  std::string Listener(const std::string& after, const std::string& until) const {
    const std::string log = const_cast<LogonTest*>(this)->agent().Log();
    const size_t begin = log.find(after);
    if (begin == std::string::npos) return "";
    const size_t from = begin + after.size();
    return log.substr(from, log.find_first_of(until, from) - from);
  }
  std::string Endpoint() const { return Listener("TLS on ", ","); }

  ClientOptions Options(const std::string& user, const std::string& password) const {
    ClientOptions options;
    options.target = absl::StrCat("tls:", Endpoint());
    options.tls.trust.pin = BytesOfHex(Listener("certificate SHA-256 ", " \n")).value();
    options.logon.emplace();
    options.logon->user = user;
    options.logon->password = [this, password]() -> absl::StatusOr<SecretBytes> {
      ++asked_;
      return SecretBytes(password);
    };
    return options;
  }
  std::unique_ptr<AgentClient> Client(ClientOptions options) const {
    return AgentClient::Connect(std::move(options)).value();
  }
  std::unique_ptr<AgentClient> Alice() const { return Client(Options(name(), kPassword)); }
  absl::Status Try(const std::string& user, const std::string& password) const {
    return Client(Options(user, password))->WhoAmI().status();
  }
  // This process is root's, and has used gRPC: no fork that would become another user.
  std::unique_ptr<AgentClient> LocalRoot() {
    ClientOptions options;
    options.target = agent().socket();
    return Client(std::move(options));
  }
  v1::LaunchSpec Shell(const std::string& script) const {
    v1::LaunchSpec spec;
    for (const std::string& word : {std::string("sh"), std::string("-c"), script}) {
      spec.add_argv(word);
    }
    return spec;
  }
  std::string PamLog() const { return ReadFile(Path("pam-log")); }

  mutable int asked_ = 0;

 private:
  std::unique_ptr<TestUser> alice_;
};

TEST_F(LogonTest, AJobRunsAsTheUserInAPamSession) {
  const std::unique_ptr<AgentClient> client = Alice();
  const v1::WhoAmIResponse who = client->WhoAmI().value();
  EXPECT_EQ(who.principal().name(), name());
  EXPECT_EQ(who.mechanism(), "password (PAM)");
  const v1::LaunchResponse launched =
      Launch(*client, Shell("id -un; id -G; echo $GREETING; cat " + Path("pam-log")));
  WaitFinal(*client, launched.job_id());
  const std::vector<std::string> lines = Lines(Output(*client, launched.job_id()));
  ASSERT_EQ(lines.size(), 4u);
  EXPECT_EQ(lines[0], name());
  EXPECT_EQ(lines[2], "hello");
  EXPECT_EQ(lines[3], "open_session " + name());
  std::string calls;
  for (const v1::StageReport& stage : launched.stages()) absl::StrAppend(&calls, stage.call(), ";");
  EXPECT_THAT(calls, HasSubstr("pam_authenticate"));
  EXPECT_THAT(calls, HasSubstr("pam_open_session"));
  EXPECT_TRUE(Eventually([this] { return PamLog().find("close_session") != std::string::npos; }));
}

TEST_F(LogonTest, TheAgentSaysThatItTakesLogons) {
  EXPECT_THAT(Alice()->DescribeAgent().value().mechanisms(), Contains("logon"));
}

TEST_F(LogonTest, TheAnswerIsTheSameWhateverIsWrong) {
  const absl::Status wrong = Try(name(), "wrong");
  const absl::Status unknown = Try("proctor-nobody", kPassword);
  ASSERT_EQ(std::system(absl::StrCat("usermod --expiredate 2001-01-01 ", name()).c_str()), 0);
  const absl::Status expired = Try(name(), kPassword);
  EXPECT_TRUE(absl::IsUnauthenticated(wrong)) << wrong;
  for (const absl::Status& other : {unknown, expired}) {
    EXPECT_EQ(other.code(), wrong.code());
    EXPECT_EQ(other.message(), wrong.message());
  }
  // The log knows.
  const std::string log = agent().Log();
  EXPECT_THAT(log, HasSubstr(absl::StrCat("refused '", name(), "' by logon from ipv4:127.0.0.1:")));
  EXPECT_THAT(log, HasSubstr("PAM_AUTH_ERR"));
  EXPECT_THAT(log, HasSubstr("PAM_ACCT_EXPIRED"));
}

TEST_F(LogonTest, AnAddressThatFailsTooOftenIsToldToWait) {
  std::vector<absl::Status> tries;
  for (int i = 0; i < 5; ++i) tries.push_back(Try(absl::StrCat("nobody", i), "x"));
  EXPECT_TRUE(absl::IsUnauthenticated(tries.front())) << tries.front();
  EXPECT_TRUE(absl::IsResourceExhausted(tries.back())) << tries.back();
}

TEST_F(LogonTest, ThePasswordIsNotAskedForWhereNothingVouchesForTheCertificate) {
  ClientOptions options = Options(name(), kPassword);
  options.tls.trust.pin.clear();
  const absl::Status refused = Client(std::move(options))->WhoAmI().status();
  EXPECT_TRUE(absl::IsFailedPrecondition(refused)) << refused;
  EXPECT_EQ(asked_, 0);
}

TEST_F(LogonTest, NorWhereTheCertificateIsAnother) {
  ClientOptions options = Options(name(), kPassword);
  options.tls.trust.pin[0] ^= 1;
  EXPECT_FALSE(Client(std::move(options))->WhoAmI().ok());
  EXPECT_EQ(asked_, 0);
}

TEST_F(LogonTest, TheAuditLogTellsOfASuccessAndNoPasswordIsAnywhereInTheLog) {
  ASSERT_TRUE(Alice()->WhoAmI().ok());
  EXPECT_THAT(agent().Log(), HasSubstr(absl::StrCat("authenticated ", name(), " (uid ")));
  EXPECT_THAT(agent().Log(), HasSubstr("by password (PAM) from ipv4:127.0.0.1:"));
  EXPECT_THAT(agent().Log(), Not(HasSubstr(kPassword)));
}

TEST_F(LogonTest, ACallerOfTheSocketHasNoPamSession) {
  const std::unique_ptr<AgentClient> root = LocalRoot();
  WaitFinal(*root, Launch(*root, Shell("true")).job_id());
  EXPECT_EQ(PamLog(), "");
}

TEST_F(LogonTest, ASessionOutlivesTheAgent) {
  const std::string job = Launch(*Alice(), Shell("sleep 600")).job_id();
  agent().Kill();
  agent().Start();
  EXPECT_EQ(PamLog(), absl::StrCat("open_session ", name(), "\n"));
  const std::unique_ptr<AgentClient> root = LocalRoot();
  Kill(*root, job, absl::ZeroDuration());
  WaitFinal(*root, job);
  EXPECT_TRUE(Eventually([this] { return PamLog().find("close_session") != std::string::npos; }));
}

}  // namespace
}  // namespace proctor
