#include "agent/caller/linux/kerberos_principal_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <pwd.h>
#include <unistd.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "agent/token/posix/delegated_credentials.h"
#include "common/failure_detail.h"
#include "common/proto_time.h"
#include "tests/realm/test_realm.h"

namespace proctor {
namespace {

using ::testing::ContainsRegex;
using ::testing::HasSubstr;

constexpr char kService[] = "proctor/localhost";
constexpr char kBinding[] = "0123456789abcdef0123456789abcdef";

// An account that every machine has, and that is not the superuser's.
constexpr char kAccount[] = "daemon";

// Both ends of a handshake in this process, with tickets of a real KDC.
class KerberosPrincipalMapTest : public ::testing::Test {
 protected:
  void SetUp() override {
    const std::string missing = TestRealm::WhatIsMissing();
    if (!missing.empty()) GTEST_SKIP() << "needs " << missing;
    RealmOptions options;
    options.realm_section = {"auth_to_local_names = {", absl::StrCat("  alice = ", kAccount),
                             "  admin = root", absl::StrCat("  builder$ = ", kAccount), "}"};
    absl::StatusOr<std::unique_ptr<TestRealm>> realm = TestRealm::Create(options);
    ASSERT_TRUE(realm.ok()) << realm.status();
    realm_ = *std::move(realm);
    const absl::StatusOr<std::string> keytab = realm_->AddService(kService);
    ASSERT_TRUE(keytab.ok()) << keytab.status();
    for (const auto& [name, value] : realm_->AcceptorEnvironment(*keytab)) {
      ::setenv(name.c_str(), value.c_str(), 1);
    }
    NegotiateAcceptorOptions acceptor;
    acceptor.keytab = *keytab;
    acceptor.service_principal = kService;
    absl::StatusOr<std::unique_ptr<NegotiateAcceptor>> made = MakeNegotiateAcceptor(acceptor);
    ASSERT_TRUE(made.ok()) << made.status();
    acceptor_ = *std::move(made);
  }

  // Whom the map takes the principal for.
  absl::StatusOr<AnonymousCaller> Caller(const std::string& principal, bool delegate,
                                         const KinitOptions& kinit = {}) {
    const std::string ccache = realm_->File(principal + ".ccache");
    absl::Status status = realm_->AddPrincipal(principal, "secret");
    if (status.ok()) status = realm_->Kinit(principal, ccache, kinit);
    if (!status.ok()) return status;
    ::setenv("KRB5CCNAME", ("FILE:" + ccache).c_str(), 1);
    NegotiateInitiatorOptions options;
    options.target = kService;
    options.binding = kBinding;
    options.delegate = delegate;
    absl::StatusOr<std::unique_ptr<NegotiateContext>> initiator = MakeNegotiateInitiator(options);
    if (!initiator.ok()) return initiator.status();
    absl::StatusOr<std::unique_ptr<NegotiateContext>> acceptor = acceptor_->Accept(kBinding);
    if (!acceptor.ok()) return acceptor.status();
    std::string token;
    while (!(*acceptor)->complete()) {
      absl::StatusOr<NegotiateStep> step = (*initiator)->Step(token);
      if (step.ok()) step = (*acceptor)->Step(step->token);
      if (!step.ok()) return step.status();
      token = step->token;
    }
    return KerberosPrincipalMap(map_).Describe((*acceptor)->facts(), (*acceptor)->TakeClient());
  }

  KerberosPrincipalMap::Options map_;
  std::unique_ptr<TestRealm> realm_;
  std::unique_ptr<NegotiateAcceptor> acceptor_;
};

TEST_F(KerberosPrincipalMapTest, ARuleOfAuthToLocalNamesTheAccount) {
  const absl::StatusOr<AnonymousCaller> caller = Caller("alice", false);
  ASSERT_TRUE(caller.ok()) << caller.status();
  const passwd* const account = ::getpwnam(kAccount);
  ASSERT_NE(account, nullptr);
  ASSERT_TRUE(caller->credentials.has_posix());
  EXPECT_EQ(caller->credentials.posix().uid(), account->pw_uid);
  EXPECT_EQ(caller->credentials.posix().gid(), account->pw_gid);
  EXPECT_EQ(caller->credentials.domain().principal(), "alice@PROCTOR.TEST");
  EXPECT_EQ(caller->credentials.domain().sid(), "") << "this KDC knows of none";
  EXPECT_EQ(caller->delegated, nullptr);
  EXPECT_EQ(caller->authentication.network_credentials().kind(),
            v1::NetworkCredentials::NO_CREDENTIALS);
  EXPECT_THAT(caller->authentication.network_credentials().reason(), HasSubstr("--delegate"));
}

TEST_F(KerberosPrincipalMapTest, APrincipalWithoutAnAccountKeepsItsName) {
  const absl::StatusOr<AnonymousCaller> caller = Caller("stranger", false);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->credentials.kerberos().principal(), "stranger@PROCTOR.TEST");
  EXPECT_EQ(caller->authentication.level(), v1::IDENTIFICATION);
}

TEST_F(KerberosPrincipalMapTest, NoRuleLeadsToTheSuperuser) {
  const absl::StatusOr<AnonymousCaller> caller = Caller("admin", false);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_FALSE(caller->credentials.has_posix());
  EXPECT_EQ(caller->credentials.kerberos().principal(), "admin@PROCTOR.TEST");
}

TEST_F(KerberosPrincipalMapTest, WhoHasAnAccountIsToldWhatLedToIt) {
  const absl::StatusOr<AnonymousCaller> caller = Caller("alice", false);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_THAT(caller->authentication.mapped_by(), HasSubstr("auth_to_local"));
  EXPECT_THAT(caller->authentication.mapped_by(), HasSubstr("'daemon'"));
  EXPECT_THAT(caller->authentication.sids_from(), HasSubstr("nothing"));
}

TEST_F(KerberosPrincipalMapTest, AComputerIsRefused) {
  const absl::Status refused = Caller("builder$", false).status();
  EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("computer's account"));
  ASSERT_TRUE(GetFailureDetail(refused).has_value());
  EXPECT_THAT(GetFailureDetail(refused)->advice(), HasSubstr("allow_computer_accounts"));
}

TEST_F(KerberosPrincipalMapTest, AComputerThatIsAllowedIsWhomItsNameLeadsTo) {
  map_.allow_computer_accounts = true;
  const absl::StatusOr<AnonymousCaller> caller = Caller("builder$", false);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->credentials.name(), kAccount);
}

TEST_F(KerberosPrincipalMapTest, AnAccountThatBelongsToASidIsNobodysByItsNameAlone) {
  config::NegotiateConfig config;
  config::AccountSid* const entry = config.add_account_sid();
  entry->set_account(kAccount);
  entry->set_sid("S-1-5-21-1-2-3-1104");
  map_.account_sids = *AccountSids::Resolve(config, *AccountNames::System());
  const absl::Status refused = Caller("alice", false).status();
  EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("belongs to a SID")) << "there is no PAC";
  ASSERT_TRUE(GetFailureDetail(refused).has_value());
  EXPECT_THAT(GetFailureDetail(refused)->advice(), HasSubstr("account_sid"));
  EXPECT_TRUE(Caller("stranger", false).ok()) << "who has no account takes none";
}

TEST_F(KerberosPrincipalMapTest, WhereEntriesAreRequiredNoAccountIsHadByItsName) {
  config::NegotiateConfig config;
  config.set_require_account_sid(true);
  map_.account_sids = *AccountSids::Resolve(config, *AccountNames::System());
  EXPECT_TRUE(absl::IsUnauthenticated(Caller("alice", false).status()));
}

TEST_F(KerberosPrincipalMapTest, WhatIsDelegatedIsACredentialCacheFile) {
  ASSERT_TRUE(realm_->AddService("http/elsewhere").ok());
  const absl::StatusOr<AnonymousCaller> caller = Caller("alice", true);
  ASSERT_TRUE(caller.ok()) << caller.status();
  const v1::NetworkCredentials& network = caller->authentication.network_credentials();
  EXPECT_EQ(network.kind(), v1::NetworkCredentials::DELEGATED) << network.reason();
  ASSERT_NE(caller->delegated, nullptr);
  const auto& delegated = static_cast<const DelegatedCredentials&>(*caller->delegated);
  EXPECT_EQ(FromTimestampProto(network.expires()), delegated.expires);
  EXPECT_GT(delegated.expires, absl::Now());
  EXPECT_LT(delegated.expires, absl::Now() + absl::Hours(2));

  const std::string file = realm_->File("delegated.ccache");
  std::ofstream(file, std::ios::binary) << delegated.cache.view();
  const ProgramEnvironment environment = realm_->ClientEnvironment(file);
  const absl::StatusOr<FinishedProgram> klist = RunProgram({"klist", "-f"}, environment);
  ASSERT_TRUE(klist.ok()) << klist.status();
  EXPECT_THAT(klist->output, HasSubstr("Default principal: alice@PROCTOR.TEST"));
  EXPECT_THAT(klist->output, ContainsRegex("Flags: [A-Z]*f"));
  const absl::StatusOr<FinishedProgram> kvno = RunProgram({"kvno", "http/elsewhere"}, environment);
  ASSERT_TRUE(kvno.ok()) << kvno.status();
  EXPECT_EQ(kvno->exit_code, 0) << kvno->output;
}

TEST_F(KerberosPrincipalMapTest, AnUnforwardableTicketIsNotDelegated) {
  KinitOptions kinit;
  kinit.forwardable = false;
  const absl::StatusOr<AnonymousCaller> caller = Caller("alice", true, kinit);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->delegated, nullptr);
  EXPECT_THAT(caller->authentication.network_credentials().reason(), HasSubstr("forwardable"));
}

}  // namespace
}  // namespace proctor
