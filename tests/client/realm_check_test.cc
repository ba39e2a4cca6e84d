// What `proctor login --check` and `proctord --check-realm` find, in a real realm.

#include "common/realm_check.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/left_behind.h"
#include "common/linux/kdc_trace.h"
#include "tests/client/cli/command_process.h"
#include "tests/client/kerberos_client.h"
#include "tests/client/silent_kdc.h"

namespace proctor {
namespace {

using ::testing::AllOf;
using ::testing::Contains;
using ::testing::ContainsRegex;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::StartsWith;

// "KDC of PROCTOR.TEST: 127.0.0.1:88 answers", with what to do.
std::vector<std::string> Lines(const std::vector<RealmFinding>& findings) {
  std::vector<std::string> lines;
  for (const RealmFinding& finding : findings) {
    lines.push_back(finding.what + ": " + finding.value +
                    (finding.good() ? "" : " -> " + finding.advice));
  }
  return lines;
}

class RealmCheckTest : public KerberosClientTest {
 protected:
  static std::vector<std::string> Check(absl::Duration timeout = absl::Minutes(2)) {
    const std::shared_ptr<RealmCheck> check = MakeRealmCheck(kService);
    ended_ = RunUntil({}, timeout, [check] { check->Run(); }).ok();
    return Lines(check->findings());
  }
  static std::string Kdc(int port) {
    return "KDC of PROCTOR.TEST: 127.0.0.1:" + std::to_string(port);
  }

  static inline bool ended_ = false;
};

TEST_F(RealmCheckTest, WhereAllIsWellEachStepIsShown) {
  const std::vector<std::string> lines = Check();
  EXPECT_THAT(lines,
              Contains("configuration: " + realm_->File("krb5.conf") + ", as KRB5_CONFIG says"));
  EXPECT_THAT(lines, Contains("default realm: PROCTOR.TEST"));
  EXPECT_THAT(lines,
              Contains(AllOf(StartsWith("credentials: alice@PROCTOR.TEST in FILE:"),
                             HasSubstr("alice.ccache, until 20"), HasSubstr(", forwardable"))));
  EXPECT_THAT(lines, Contains(StartsWith("service asked for: proctor/agent.test@")));
  EXPECT_THAT(lines, Contains(Kdc(realm_->port()) + " answers"));
  EXPECT_THAT(lines, Contains("clock: as the realm's"));
  EXPECT_THAT(lines,
              Contains(AllOf(StartsWith("ticket: for proctor/agent.test@PROCTOR.TEST, sealed "
                                        "with key 2 (aes256-cts-hmac-sha1-96), until 20"))));
  EXPECT_THAT(lines, Not(Contains(HasSubstr(" -> "))));
}

TEST_F(RealmCheckTest, ATicketThatIsThereAlreadyDoesNotHideASilentKdc) {
  KerberosAgent agent(*keytab_);
  ASSERT_TRUE(Connect(agent->endpoint())->WhoAmI().ok()) << "puts it into the cache";
  const SilentKdc silent;
  UseConfiguration({silent.port()});
  const std::vector<std::string> lines = Check(absl::Seconds(1));
  EXPECT_FALSE(ended_);
  EXPECT_THAT(lines, Contains(StartsWith(Kdc(silent.port()) +
                                         " was asked, and has not answered -> See that it runs")));
}

TEST_F(RealmCheckTest, EachKdcIsShownWithWhatCameOfIt) {
  int closed = 0;
  {
    const SilentKdc gone;
    closed = gone.port();
  }
  UseConfiguration({closed, realm_->port()}, "udp_preference_limit = 1");
  const std::vector<std::string> lines = Check();
  EXPECT_THAT(lines, Contains(StartsWith(Kdc(closed) + " was asked, and has not answered -> ")));
  EXPECT_THAT(lines, Contains(Kdc(realm_->port()) + " answers"));
  EXPECT_THAT(lines, Contains(StartsWith("ticket: for proctor/agent.test")));
}

TEST_F(RealmCheckTest, WithoutATicketNobodyIsAsked) {
  ::setenv("KRB5CCNAME", ("FILE:" + realm_->File("none.ccache")).c_str(), 1);
  const std::vector<std::string> lines = Check();
  EXPECT_THAT(lines.back(),
              AllOf(StartsWith("credentials: "), HasSubstr("-> Get a ticket: kinit.")));
  EXPECT_THAT(lines, Not(Contains(StartsWith("KDC"))));
}

TEST_F(RealmCheckTest, AConfigurationThatCannotBeUsedIsNamed) {
  const std::string path = realm_->File("broken-krb5.conf");
  std::ofstream(path) << "[libdefaults\n";
  ::setenv("KRB5_CONFIG", path.c_str(), 1);
  const std::vector<std::string> lines = Check();
  ASSERT_EQ(lines.size(), 1u);
  EXPECT_THAT(lines[0], AllOf(StartsWith("configuration: " + path), HasSubstr("-> Correct")));
}

TEST_F(RealmCheckTest, AServiceThatTheRealmDoesNotKnowIsTheTickets) {
  const std::shared_ptr<RealmCheck> check = MakeRealmCheck("proctor/nobody.test");
  check->Run();
  EXPECT_THAT(Lines(check->findings()),
              Contains(AllOf(StartsWith("ticket: "), HasSubstr("--spn"))));
}

TEST_F(RealmCheckTest, TheCommandShowsItAndThenTries) {
  KerberosAgent agent(*keytab_);
  const CommandProcess::Result good =
      CommandProcess::Run(agent->endpoint(), {"login", "--check", "--spn", kService});
  EXPECT_EQ(good.code, 0) << good.err;
  EXPECT_THAT(good.out,
              AllOf(HasSubstr("  ok  " + Kdc(realm_->port()) + " answers\n"),
                    HasSubstr("it knows you as"), HasSubstr("not asked for (--delegate)")));
  const SilentKdc silent;
  UseConfiguration({silent.port()});
  const CommandProcess::Result bad = CommandProcess::Run(
      agent->endpoint(), {"login", "--check", "--connect-timeout", "1s", "--spn", kService});
  EXPECT_EQ(bad.code, 1);
  EXPECT_THAT(bad.out, HasSubstr("  !!  " + Kdc(silent.port()) +
                                 " was asked, and has not answered\n"
                                 "      See that it runs"));
  EXPECT_THAT(bad.err, HasSubstr("proctor: a key distribution centre, or the name service that "
                                 "finds one, has not answered in 1s\n"));
}

// The command's clock is what a library in front of the C library's says.
TEST_F(RealmCheckTest, TheDifferenceOfTheClocksIsTold) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  GTEST_SKIP() << "needs a program whose first library is not a sanitizer's";
#endif
  KerberosAgent agent(*keytab_);
  const auto check_at = [&](const std::string& seconds) {
    ProgramEnvironment environment = realm_->Environment();
    environment["LD_PRELOAD"] = PROCTOR_OTHER_CLOCK;
    environment["PROCTOR_OTHER_CLOCK_SECONDS"] = seconds;
    return RunProgram({PROCTOR_BIN_DIR "/proctor", "--agent", agent->endpoint(), "--spn", kService,
                       "login", "--check"},
                      environment)
        .value()
        .output;
  };
  EXPECT_THAT(check_at("0"), HasSubstr("  ok  clock: as the realm's\n"));
  EXPECT_THAT(check_at("60"), ContainsRegex("  ok  clock: the realm's is (1m|1m1s) behind\n"));
  EXPECT_THAT(
      check_at("-200"),
      ContainsRegex("  !!  clock: the realm's is 3m(19|20)s ahead\n      Set the clock of"));
  // More than the realm allows: it says so in an error, with its time.
  const std::string refused = check_at("900");
  EXPECT_THAT(refused, ContainsRegex("  !!  clock: the realm's is 15m(1s)? behind\n"));
  EXPECT_THAT(refused, HasSubstr("  !!  ticket: "));
}

TEST_F(RealmCheckTest, LoginAndEveryCommandTellThatNothingWasHandedOver) {
  KerberosAgent agent(*keytab_);
  KinitOptions kinit;
  kinit.forwardable = false;
  ASSERT_TRUE(realm_->Kinit("alice", realm_->File("alice.ccache"), kinit).ok());
  const CommandProcess::Result login =
      CommandProcess::Run(agent->endpoint(), {"login", "--delegate", "--spn", kService});
  EXPECT_EQ(login.code, 0) << login.err;
  EXPECT_THAT(login.out, HasSubstr("nothing: your ticket is not forwardable"));
  const CommandProcess::Result whoami =
      CommandProcess::Run(agent->endpoint(), {"whoami", "--delegate", "--spn", kService});
  EXPECT_EQ(whoami.code, 0);
  EXPECT_THAT(whoami.err,
              StartsWith("proctor: your Kerberos credentials were not handed over: your "
                         "ticket is not forwardable"));
  const CommandProcess::Result required =
      CommandProcess::Run(agent->endpoint(), {"whoami", "--delegate=required", "--spn", kService});
  EXPECT_EQ(required.code, 1);
  EXPECT_THAT(required.err, HasSubstr("not handed over: your ticket is not forwardable"));
  const CommandProcess::Result other =
      CommandProcess::Run(agent->endpoint(), {"whoami", "--delegate=perhaps", "--spn", kService});
  EXPECT_EQ(other.code, 1);
  EXPECT_THAT(other.err, HasSubstr("--delegate: is given alone, or as --delegate=required"));
}

TEST_F(RealmCheckTest, TheKeysOfTheAcceptorAreTold) {
  ASSERT_TRUE(realm_->AddService("proctor/rolled.test").ok());
  ASSERT_TRUE(realm_->NewKey("proctor/rolled.test").ok());
  NegotiateAcceptorOptions options;
  options.keytab = realm_->KeytabOf("proctor/rolled.test");
  options.service_principal = "proctor/rolled.test";
  const std::vector<std::string> lines = Lines(CheckAcceptor(options));
  EXPECT_THAT(lines, Contains("keytab: FILE:" + options.keytab));
  EXPECT_THAT(lines, Contains(StartsWith("keys of proctor/rolled.test@PROCTOR.TEST: key 3 (aes")));
  EXPECT_THAT(lines, Contains(HasSubstr("), key 2 (aes")));
  EXPECT_THAT(lines, Not(Contains(HasSubstr(" -> "))));
  options.service_principal = "proctor/other.test";
  const std::vector<std::string> other = Lines(CheckAcceptor(options));
  EXPECT_THAT(other, Contains(AllOf(
                         StartsWith("keys of proctor/other.test: none -> Have the realm"),
                         HasSubstr("ktadd"), HasSubstr("ipa-getkeytab"), HasSubstr("adcli update"),
                         HasSubstr("msktutil"), HasSubstr("ktpass"))));
  EXPECT_THAT(other, Contains("also in it: proctor/rolled.test@PROCTOR.TEST"));
  options.keytab = realm_->File("none.keytab");
  EXPECT_THAT(Lines(CheckAcceptor(options)).back(),
              AllOf(StartsWith("keytab: "), HasSubstr("none.keytab"), HasSubstr(" -> ")));
}

TEST_F(RealmCheckTest, AWeakKeyIsToldWhateverElseIsThere) {
  const std::string keytab = realm_->File("weak.keytab");
  const absl::StatusOr<FinishedProgram> made = RunProgram(
      {"ktutil"}, realm_->Environment(),
      "addent -password -p proctor/weak.test@PROCTOR.TEST -k 1 -e aes256-cts-hmac-sha1-96\nold\n"
      "addent -password -p proctor/weak.test@PROCTOR.TEST -k 2 -e arcfour-hmac\nnew\n"
      "wkt " +
          keytab + "\nquit\n");
  ASSERT_TRUE(made.ok()) << made.status();
  NegotiateAcceptorOptions options;
  options.keytab = keytab;
  options.service_principal = "proctor/weak.test";
  EXPECT_THAT(Lines(CheckAcceptor(options)),
              Contains(AllOf(HasSubstr("key 2 (arcfour-hmac), key 1 (aes256"),
                             HasSubstr(" -> The newest key is a weak one"))))
      << made->output;
}

TEST(KdcTraceTest, LinesOfTheLibrarysTraceAreUnderstood) {
  KdcTrace trace(nullptr);
  for (const char* line : {"Getting credentials alice@X -> proctor/y using ccache FILE:/tmp/z",
                           "Sending initial UDP request to dgram 10.0.0.1:88",
                           "Sending initial UDP request to dgram 2001:db8::1:88",
                           "Initiating TCP connection to stream 10.0.0.1:88",
                           "TCP error connecting to stream 10.0.0.1:88: 111/Connection refused",
                           "Received answer (12 bytes) from dgram 2001:db8::1:88"}) {
    trace.Note(absl::StrCat(line, "\n"));
  }
  const std::vector<KdcTrace::Kdc> kdcs = trace.kdcs();
  ASSERT_EQ(kdcs.size(), 2u);
  EXPECT_EQ(kdcs[0].address, "10.0.0.1:88");
  EXPECT_EQ(kdcs[0].error, "Connection refused");
  EXPECT_FALSE(kdcs[0].answered);
  EXPECT_EQ(kdcs[1].address, "2001:db8::1:88");
  EXPECT_TRUE(kdcs[1].answered);
  EXPECT_THAT(kdcs[1].error, IsEmpty());
}

}  // namespace
}  // namespace proctor
