// Callers over TLS whom a realm vouches for: a real KDC, the real agent, and the real command.

#include <arpa/inet.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "tests/e2e/agent_fixture.h"
#include "tests/e2e/eventually.h"
#include "tests/realm/test_realm.h"

namespace proctor {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kService[] = "proctor/localhost";
constexpr char kPassword[] = "secret";

int FreePort() {
  const UniqueFd fd(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0));
  sockaddr_in own = {};
  own.sin_family = AF_INET;
  own.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(own);
  Require(::bind(fd.get(), reinterpret_cast<sockaddr*>(&own), size) == 0 &&
              ::getsockname(fd.get(), reinterpret_cast<sockaddr*>(&own), &size) == 0,
          "no free port");
  return ntohs(own.sin_port);
}

// A realm with a principal for each of three accounts, one for the superuser's, and one whom the
// machine does not know.
class KerberosTest : public AgentTest {
 protected:
  void SetUp() override {
    if (!IsRoot()) GTEST_SKIP() << "needs root, to make accounts and to launch as them";
    const std::string missing = TestRealm::WhatIsMissing();
    if (!missing.empty()) GTEST_SKIP() << "needs " << missing;
    RealmOptions options;
    options.realm_section.emplace_back("auth_to_local_names = {");
    for (const char* principal : {"alice", "bob", "controller"}) {
      users_[principal] = std::make_unique<TestUser>();
      options.realm_section.push_back(
          absl::StrCat("  ", principal, " = ", users_[principal]->account().name));
    }
    options.realm_section.emplace_back("  admin = root");
    options.realm_section.emplace_back("}");
    options.realm_section.push_back(
        absl::StrCat("auth_to_local = RULE:[1:$1@$0](^partner@OTHER[.]TEST$)s/.*/",
                     users_["bob"]->account().name, "/"));
    options.realm_section.emplace_back("auth_to_local = DEFAULT");
    realm_ = Must(TestRealm::Create(options));
    for (const char* principal : {"alice", "bob", "controller", "admin", "stranger"}) {
      Must(realm_->AddPrincipal(principal, kPassword));
      Must(realm_->Kinit(principal, CcacheOf(principal)));
    }
    keytab_ = Must(realm_->AddService(kService));
  }

  const Account& Local(const std::string& principal) { return users_.at(principal)->account(); }
  std::string CcacheOf(const std::string& principal) const {
    return realm_->File(principal + ".ccache");
  }

  // `policy`: more of the configuration.
  void StartRealmAgent(const std::string& policy = "") {
    port_ = FreePort();
    AgentSetup setup;
    setup.config = absl::StrCat(
        "tls_listen: \"127.0.0.1:", port_, "\"\nnegotiate { enabled: true keytab: \"", keytab_,
        "\" service_principal: \"", kService, "\" ", negotiate_, " }\n", policy);
    setup.environment = realm_->AcceptorEnvironment(keytab_);
    StartAgent(std::move(setup));
  }

  // proctor WORDS…, as the holder of the principal's tickets.
  FinishedProgram Proctor(const std::string& principal, std::vector<std::string> words) {
    words.insert(words.begin(), PROCTOR_BIN_DIR "/proctor");
    words.insert(words.begin() + 2, {"--agent", absl::StrCat("localhost:", port_)});
    ProgramEnvironment environment = realm_->ClientEnvironment(CcacheOf(principal));
    if (delegate_) environment["PROCTOR_DELEGATE"] = "1";
    return Must(RunProgram(words, environment));
  }
  // ... and what it printed; it must succeed.
  std::string Output(const std::string& principal, std::vector<std::string> words) {
    const FinishedProgram program = Proctor(principal, std::move(words));
    EXPECT_EQ(program.exit_code, 0) << program.output;
    return program.output;
  }
  std::string RunShell(const std::string& principal, const std::string& script) {
    return Output(principal, {"run", "--", "/bin/sh", "-c", script});
  }
  // The id of a job of the principal's that sleeps.
  std::string Sleeper(const std::string& principal) {
    return JobIdOf(Output(principal, {"launch", "--json", "--", "sleep", "1000"}));
  }
  static std::string JobIdOf(const std::string& json) {
    const size_t at = json.find("\"jobId\"");
    Require(at != std::string::npos, json);
    const size_t begin = json.find('"', json.find(':', at)) + 1;
    return json.substr(begin, json.find('"', begin) - begin);
  }

  std::map<std::string, std::unique_ptr<TestUser>> users_;
  std::unique_ptr<TestRealm> realm_;
  std::string keytab_;
  std::string negotiate_;  // More of the configuration.
  int port_ = 0;
  bool delegate_ = false;
};

TEST_F(KerberosTest, WhoseAccountHasExpiredIsRefusedAndToldSo) {
  StartRealmAgent();
  ASSERT_EQ(
      std::system(absl::StrCat("usermod --expiredate 2001-01-01 ", Local("bob").name).c_str()), 0);
  const FinishedProgram bob = Proctor("bob", {"whoami"});
  EXPECT_NE(bob.exit_code, 0) << bob.output;
  EXPECT_THAT(bob.output, HasSubstr("may not be used now"));
  EXPECT_THAT(bob.output, HasSubstr("expired"));
  EXPECT_TRUE(
      Eventually([this] { return absl::StrContains(agent().Log(), "account has expired"); }));
  EXPECT_THAT(Output("alice", {"whoami"}), HasSubstr("PAM account management"));
}

TEST_F(KerberosTest, EachPrincipalLaunchesAsItsAccount) {
  StartRealmAgent();
  for (const auto& [principal, user] : users_) {
    const Account& account = user->account();
    EXPECT_EQ(RunShell(principal, "id -u; id -g; id -G; echo $USER $HOME"),
              absl::StrCat(account.uid, "\n", account.gid, "\n", absl::StrJoin(account.groups, " "),
                           "\n", account.name, " ", account.home, "\n"));
  }
}

TEST_F(KerberosTest, WhoAmITellsPrincipalAccountAndProof) {
  StartRealmAgent();
  const std::string told = Output("alice", {"whoami", "--json"});
  EXPECT_THAT(told, HasSubstr("alice@PROCTOR.TEST"));
  EXPECT_THAT(told, HasSubstr(Local("alice").name));
  EXPECT_THAT(told, HasSubstr("proctor/localhost@PROCTOR.TEST"));
  EXPECT_THAT(told, ContainsRegex("\"channelBound\": ?true"));
}

TEST_F(KerberosTest, AJobIsSeenAndKilledByItsOwnerOnly) {
  StartRealmAgent();
  const std::string job = Sleeper("alice");
  EXPECT_NE(Proctor("bob", {"inspect", job}).exit_code, 0);
  EXPECT_NE(Proctor("bob", {"kill", job}).exit_code, 0);
  EXPECT_THAT(Output("bob", {"ps", "--all"}), Not(HasSubstr(job)));
  EXPECT_THAT(Output("alice", {"ps"}), HasSubstr(job));
  Output("alice", {"kill", "--grace", "0s", job});
  EXPECT_EQ(Proctor("alice", {"wait", job}).exit_code, 128 + 9);
}

TEST_F(KerberosTest, APrincipalWithoutAnAccountIsKnownAndLaunchesNothing) {
  StartRealmAgent();
  EXPECT_THAT(Output("stranger", {"whoami"}), HasSubstr("stranger@PROCTOR.TEST"));
  const FinishedProgram run = Proctor("stranger", {"run", "--", "id"});
  EXPECT_NE(run.exit_code, 0);
  EXPECT_THAT(run.output, HasSubstr("stranger@PROCTOR.TEST"));
  EXPECT_THAT(run.output, HasSubstr("no account"));
  EXPECT_THAT(run.output, HasSubstr("auth_to_local"));
}

TEST_F(KerberosTest, NoRuleLeadsToTheSuperuser) {
  StartRealmAgent();
  const FinishedProgram run = Proctor("admin", {"run", "--", "id"});
  EXPECT_NE(run.exit_code, 0);
  EXPECT_THAT(run.output, HasSubstr("admin@PROCTOR.TEST"));
  EXPECT_THAT(run.output, Not(HasSubstr("uid=0")));
}

// The client opens a session with the next agent by itself.
TEST_F(KerberosTest, WhoIsAttachedOverTlsGoesOnAfterARestart) {
  StartRealmAgent();
  const std::string end = Shared("end");
  const std::string script =
      absl::StrCat("echo begun; while ! test -e ", end, "; do sleep 0.05; done; echo ended");
  const std::string job =
      JobIdOf(Output("alice", {"launch", "--json", "--", "/bin/sh", "-c", script}));
  FinishedProgram run;
  FinishedProgram logs;
  FinishedProgram wait;
  const std::string begun = Shared("begun");
  std::thread running([&] {
    run =
        Proctor("alice", {"run", "--", "/bin/sh", "-c", absl::StrCat(": > ", begun, "; ", script)});
  });
  std::thread following([&] { logs = Proctor("alice", {"logs", "--follow", job}); });
  std::thread waiting([&] { wait = Proctor("alice", {"wait", job}); });
  EXPECT_TRUE(Eventually([&] { return ::access(begun.c_str(), F_OK) == 0; }));
  // The launch's session and one of each.
  EXPECT_TRUE(Eventually([this] {
    const std::vector<std::string> parts = absl::StrSplit(agent().Log(), "authenticated ");
    return parts.size() == 1 + 4;
  }));
  agent().Terminate();
  EXPECT_EQ(agent().AwaitExit(), 0);
  agent().Start();
  std::ofstream(end) << "now";
  running.join();
  following.join();
  waiting.join();
  EXPECT_EQ(run.exit_code, 0) << run.output;
  EXPECT_EQ(run.output, "begun\nended\n");
  EXPECT_EQ(logs.exit_code, 0) << logs.output;
  EXPECT_EQ(logs.output, "begun\nended\n");
  EXPECT_EQ(wait.exit_code, 0) << wait.output;
}

// And of another realm, with principals "alice" and "partner".
class OtherRealmTest : public KerberosTest {
 protected:
  void SetUp() override {
    KerberosTest::SetUp();
    if (IsSkipped()) return;
    RealmOptions options;
    options.name = "OTHER.TEST";
    other_ = Must(TestRealm::Create(options));
    Must(realm_->Trust(*other_));
    for (const char* principal : {"alice", "partner"}) {
      Must(other_->AddPrincipal(principal, kPassword));
      Must(other_->Kinit(principal, CcacheOf(principal)));
    }
  }

  std::unique_ptr<TestRealm> other_;
};

TEST_F(OtherRealmTest, ItsPrincipalsAreNobodyHere) {
  StartRealmAgent();
  for (const std::string principal : {"alice", "partner"}) {
    const FinishedProgram run = Proctor(principal, {"run", "--", "id"});
    EXPECT_NE(run.exit_code, 0);
    EXPECT_THAT(run.output, HasSubstr(principal + "@OTHER.TEST"));
    EXPECT_THAT(run.output, HasSubstr("no account"));
  }
}

TEST_F(OtherRealmTest, TrustedItsPrincipalIsWhomARuleNames) {
  negotiate_ = "trusted_realm: \"OTHER.TEST\"";
  StartRealmAgent();
  EXPECT_EQ(RunShell("partner", "id -u"), absl::StrCat(Local("bob").uid, "\n"));
}

TEST_F(KerberosTest, RunAsIsForWhomThePolicyNames) {
  StartRealmAgent(absl::StrCat("policy { run_as { callers { user: \"", Local("controller").name,
                               "\" } users { user: \"", Local("alice").name,
                               "\" user: \"root\" } } }\n"));
  const std::string alice = Local("alice").name;
  EXPECT_EQ(Output("controller", {"run", "--run-as", alice, "--", "id", "-u"}),
            absl::StrCat(Local("alice").uid, "\n"));
  for (const std::string& user : {std::string("root"), Local("bob").name}) {
    const FinishedProgram run = Proctor("controller", {"run", "--run-as", user, "--", "id", "-u"});
    EXPECT_NE(run.exit_code, 0) << user;
    EXPECT_THAT(run.output, HasSubstr("no policy lets")) << user;
  }
  EXPECT_NE(Proctor("bob", {"run", "--run-as", alice, "--", "id", "-u"}).exit_code, 0);
}

TEST_F(KerberosTest, ADelegatedTicketIsTheJobsAndGetsServiceTickets) {
  Must(realm_->AddService("http/elsewhere"));
  StartRealmAgent();
  delegate_ = true;
  const std::string out = RunShell(
      "alice", absl::StrCat("export KRB5_CONFIG=", realm_->File("krb5.conf"),
                            "; klist -f; kvno http/elsewhere; stat -c '%a %U' ${KRB5CCNAME#FILE:};"
                            "echo cache=$KRB5CCNAME"));
  EXPECT_THAT(out, HasSubstr("Default principal: alice@PROCTOR.TEST"));
  EXPECT_THAT(out, HasSubstr("krbtgt/PROCTOR.TEST@PROCTOR.TEST"));
  EXPECT_THAT(out, ContainsRegex("Flags: [A-Z]*f")) << "a forwarded ticket";
  EXPECT_THAT(out, HasSubstr("http/elsewhere@PROCTOR.TEST: kvno = "));
  EXPECT_THAT(out, HasSubstr(absl::StrCat("600 ", Local("alice").name)));
  const size_t at = out.find("cache=FILE:");
  ASSERT_NE(at, std::string::npos) << out;
  const std::string cache(absl::StripSuffix(out.substr(at + 11), "\n"));
  EXPECT_TRUE(Eventually([&cache] { return ::access(cache.c_str(), F_OK) != 0; })) << cache;
}

TEST_F(KerberosTest, TheRecordTellsOfTheCredentials) {
  StartRealmAgent();
  delegate_ = true;
  EXPECT_THAT(Output("alice", {"launch", "--json", "--", "true"}), HasSubstr("\"DELEGATED\""));
  delegate_ = false;
  const std::string without = Output("alice", {"launch", "--json", "--", "true"});
  EXPECT_THAT(without, HasSubstr("\"NO_CREDENTIALS\""));
  EXPECT_THAT(without, HasSubstr("--delegate"));
  EXPECT_EQ(RunShell("alice", "echo ${KRB5CCNAME-none}"), "none\n");
}

TEST_F(KerberosTest, AnUnforwardableTicketDelegatesNothingAndSaysSo) {
  KinitOptions options;
  options.forwardable = false;
  Must(realm_->Kinit("alice", CcacheOf("alice"), options));
  StartRealmAgent();
  delegate_ = true;
  const std::string told = Output("alice", {"launch", "--json", "--", "true"});
  EXPECT_THAT(told, HasSubstr("\"NO_CREDENTIALS\""));
  EXPECT_THAT(told, HasSubstr("forwardable"));
}

TEST_F(KerberosTest, AJobOfAnotherUserDoesNotGetTheCallersTickets) {
  StartRealmAgent(absl::StrCat("policy { run_as { callers { user: \"", Local("controller").name,
                               "\" } users { user: \"", Local("alice").name, "\" } } }\n"));
  delegate_ = true;
  EXPECT_EQ(Output("controller", {"run", "--run-as", Local("alice").name, "--", "/bin/sh", "-c",
                                  "echo ${KRB5CCNAME-none}"}),
            "none\n");
}

TEST_F(KerberosTest, TheJournalHoldsNoTicket) {
  StartRealmAgent();
  delegate_ = true;
  const std::string job = Sleeper("alice");
  // In every credential cache, after its length: the first component of the ticket's server.
  const std::string ticket("\0\0\0\6krbtgt", 10);
  const FinishedProgram journal =
      Must(RunProgram({"/bin/sh", "-c", "cat " + agent().state_directory() + "/journal.db*"}));
  EXPECT_THAT(journal.output, HasSubstr(job)) << "so it is the right file";
  EXPECT_FALSE(absl::StrContains(journal.output, ticket));
  Output("alice", {"kill", "--grace", "0s", job});
}

}  // namespace
}  // namespace proctor
