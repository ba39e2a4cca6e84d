#include "agent/linux/realm_report.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/realm/test_realm.h"

namespace proctor {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr char kService[] = "proctor/agent.test";
// An account that every system has.
constexpr char kAccount[] = "nobody";

class RealmReportTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!TestRealm::WhatIsMissing().empty()) return;
    RealmOptions options;
    options.realm_section = {"auth_to_local = RULE:[1:$1](^[a-z]*$)"};
    realm_ = TestRealm::Create(options).value();
    keytab_ = realm_->AddService(kService).value();
    ::setenv("KRB5_CONFIG", realm_->Environment().at("KRB5_CONFIG").c_str(), 1);
  }
  static void TearDownTestSuite() { realm_ = nullptr; }
  void SetUp() override {
    if (realm_ == nullptr) GTEST_SKIP() << "needs " << TestRealm::WhatIsMissing();
    config_.set_tls_listen("0.0.0.0:7707");
    config_.mutable_negotiate()->set_keytab(keytab_);
    config_.mutable_negotiate()->set_service_principal(kService);
  }

  RealmFinding Account(const std::string& principal) {
    return ReportRealm(config_, principal).back();
  }

  static inline std::unique_ptr<TestRealm> realm_;
  static inline std::string keytab_;
  config::AgentConfig config_;
};

TEST_F(RealmReportTest, APrincipalIsTheAccountThatTheRulesAndTheNameServiceSay) {
  const RealmFinding finding = Account(absl::StrCat(kAccount, "@PROCTOR.TEST"));
  EXPECT_TRUE(finding.good()) << finding.advice;
  EXPECT_EQ(finding.what, "account of nobody@PROCTOR.TEST");
  EXPECT_EQ(Account(kAccount).value, finding.value) << "the realm is the default one";
  EXPECT_THAT(finding.value,
              HasSubstr("nobody, uid " + std::to_string(::getpwnam(kAccount)->pw_uid) + ", gid "));
}

TEST_F(RealmReportTest, WhichStepFindsNoAccountIsTold) {
  const RealmFinding unknown = Account("nosuchaccount@PROCTOR.TEST");
  EXPECT_THAT(unknown.value, HasSubstr("none: auth_to_local names nosuchaccount, "));
  EXPECT_THAT(unknown.advice, HasSubstr("add the account"));
  const RealmFinding unmapped = Account("host/x@PROCTOR.TEST");
  EXPECT_THAT(unmapped.value, HasSubstr("none: no auth_to_local rule"));
  EXPECT_THAT(unmapped.advice, HasSubstr("add a rule"));
  const RealmFinding stranger = Account("nobody@OTHER.TEST");
  EXPECT_THAT(stranger.advice, HasSubstr("trusted_realm"));
  const RealmFinding root = Account("root@PROCTOR.TEST");
  EXPECT_FALSE(root.good());
}

TEST_F(RealmReportTest, WhatTheTicketIsAskedForBesidesIsTold) {
  config_.mutable_negotiate()->set_require_account_sid(true);
  const RealmFinding finding = Account("nobody@PROCTOR.TEST");
  EXPECT_TRUE(finding.good()) << finding.advice;
  EXPECT_THAT(finding.value, HasSubstr("for a ticket with its SID, by the machine's id map"));
}

TEST_F(RealmReportTest, ThatPamIsNotAskedIsTold) {
  EXPECT_THAT(Account("nobody@PROCTOR.TEST").value, HasSubstr("service proctor), which is not"));
  config_.mutable_account_check()->set_enabled(false);
  EXPECT_THAT(Account("nobody@PROCTOR.TEST").value, Not(HasSubstr("PAM")));
}

TEST_F(RealmReportTest, WithoutAKeyNobodyIsTakenForAnAccount) {
  config_.mutable_negotiate()->set_service_principal("proctor/other.test");
  const RealmFinding finding = Account("nobody@PROCTOR.TEST");
  EXPECT_THAT(finding.value, HasSubstr("has no key of proctor/other.test"));
  EXPECT_THAT(finding.advice, HasSubstr("put it into the keytab"));
}

TEST_F(RealmReportTest, WhetherCallersAreServedAtAllIsToldFirst) {
  const RealmFinding served = ReportRealm(config_, "").front();
  EXPECT_EQ(served.what, "callers of a realm");
  EXPECT_EQ(served.value, "served on 0.0.0.0:7707");
  EXPECT_TRUE(served.good()) << served.advice;
  config_.mutable_negotiate()->set_enabled(false);
  EXPECT_THAT(ReportRealm(config_, "").front().value, HasSubstr("negotiate { enabled: false }"));
  config_.clear_tls_listen();
  const RealmFinding silent = ReportRealm(config_, "").front();
  EXPECT_EQ(silent.value, "not served: the configuration has no tls_listen");
  EXPECT_THAT(silent.advice, HasSubstr("tls_listen: \"0.0.0.0:7707\""));
}

TEST_F(RealmReportTest, TheProgramSaysItAndWhetherSomethingIsWrong) {
  const std::string path = realm_->File("proctord.textproto");
  const std::string listen = "tls_listen: \"127.0.0.1:7707\"\n";
  std::ofstream(path) << listen << "negotiate { keytab: \"" << keytab_ << "\" service_principal: \""
                      << kService << "\" }\n";
  const std::string program = PROCTOR_BIN_DIR "/proctord";
  const FinishedProgram good =
      RunProgram({program, "--config", path, "--check-realm", "--principal", "nobody@PROCTOR.TEST"},
                 realm_->Environment())
          .value();
  EXPECT_EQ(good.exit_code, 0) << good.output;
  EXPECT_THAT(good.output,
              AllOf(HasSubstr("ok  callers of a realm: served on 127.0.0.1:7707\n"),
                    HasSubstr("ok  keytab: FILE:" + keytab_ + "\n"),
                    HasSubstr("ok  keys of proctor/agent.test@PROCTOR.TEST: key 2 (aes"),
                    HasSubstr("ok  account of nobody@PROCTOR.TEST: nobody, uid ")));
  std::ofstream(path) << listen << "negotiate { keytab: \"" << keytab_
                      << "\" service_principal: \"proctor/other.test\" }\n";
  const FinishedProgram bad =
      RunProgram({program, "--config", path, "--check-realm"}, realm_->Environment()).value();
  EXPECT_EQ(bad.exit_code, 1);
  EXPECT_THAT(bad.output, HasSubstr("!!  keys of proctor/other.test: none\n      Have the realm"));
}

}  // namespace
}  // namespace proctor
