#include "agent/caller/linux/kerberos_principal_map.h"

#include <dlfcn.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <nss.h>
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
#include "tests/agent/caller/kerberos/logon_info_builder.h"
#include "tests/realm/keytab_file.h"
#include "tests/realm/service_ticket.h"
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
    const std::string ccache = realm_->File("client.ccache");
    absl::Status status = realm_->AddPrincipal(principal, "secret");
    if (status.ok()) status = realm_->Kinit(principal, ccache, kinit);
    if (!status.ok()) return status;
    return CallerWith(ccache, delegate);
  }
  absl::StatusOr<AnonymousCaller> CallerWith(const std::string& ccache, bool delegate = false) {
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
    if (!agent_configuration_.empty()) {
      ::setenv("KRB5_CONFIG", agent_configuration_.c_str(), 1);
    }
    absl::StatusOr<AnonymousCaller> caller =
        KerberosPrincipalMap(map_).Describe((*acceptor)->facts(), (*acceptor)->TakeClient());
    ::setenv("KRB5_CONFIG", realm_->File("krb5.conf").c_str(), 1);
    return caller;
  }

  // alice's, as a domain would write it into the ticket.
  absl::StatusOr<AnonymousCaller> CallerWithPac(const std::string& logon_info, bool verifies) {
    ServiceTicket ticket;
    ticket.key = ReadKeytabFile(realm_->KeytabOf(kService)).value().front();
    ticket.logon_info = logon_info;
    ticket.pac_verifies = verifies;
    const std::string cache = realm_->File("written.ccache");
    if (absl::Status written = WriteTicketCache(ticket, cache); !written.ok()) return written;
    return CallerWith(cache);
  }

  // Whom the map has no account for.
  void ExpectNone(const absl::StatusOr<AnonymousCaller>& caller, const std::string& reason,
                  const std::string& advice) {
    ASSERT_TRUE(caller.ok()) << caller.status();
    EXPECT_FALSE(caller->credentials.has_posix());
    EXPECT_THAT(caller->authentication.mapped_by(), HasSubstr(reason));
    EXPECT_THAT(caller->authentication.mapping_advice(), HasSubstr(advice));
  }

  std::string agent_configuration_;  // Of the machine that the map is on; empty: the realm's own.

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

// alice's account belongs to this SID.
AccountSids SidOf(const std::string& sid) {
  config::NegotiateConfig config;
  config::AccountSid* const entry = config.add_account_sid();
  entry->set_account(kAccount);
  entry->set_sid(sid);
  return *AccountSids::Resolve(config, *AccountNames::System());
}

TEST_F(KerberosPrincipalMapTest, TheSidOfAVerifiedPacHasItsAccountAndNoOther) {
  const std::string pac = LogonInfoBuilder().Build();  // S-1-5-21-1-2-3-1105.
  map_.account_sids = SidOf("S-1-5-21-1-2-3-1105");
  const absl::StatusOr<AnonymousCaller> caller = CallerWithPac(pac, true);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->credentials.name(), kAccount);
  EXPECT_THAT(caller->authentication.mapped_by(), HasSubstr("the ticket's SID, by account_sid"));
  EXPECT_TRUE(absl::IsUnauthenticated(CallerWithPac(pac, false).status())) << "nobody signed it";
  map_.account_sids = SidOf("S-1-5-21-1-2-3-1106");
  const absl::Status refused = CallerWithPac(pac, true).status();
  EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("another SID than S-1-5-21-1-2-3-1105"));
}

TEST_F(KerberosPrincipalMapTest, AComputerIsKnownByItsPacWhateverItsName) {
  LogonInfoBuilder builder;
  builder.primary_group_id = 515;
  const absl::Status refused = CallerWithPac(builder.Build(), true).status();
  EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("computer's account"));
  map_.allow_computer_accounts = true;
  EXPECT_TRUE(CallerWithPac(builder.Build(), true).ok());
}

TEST_F(KerberosPrincipalMapTest, WhyThereIsNoAccountIsTold) {
  ExpectNone(Caller("stranger", false), "the name service has no such account", "add the account");
  ExpectNone(Caller("alice/admin", false), "no auth_to_local rule", "add a rule");
  ExpectNone(Caller("admin", false), "the superuser is nobody", "another");
}

TEST_F(KerberosPrincipalMapTest, ANameServiceThatIsAwayIsToldApartFromAnUnknownName) {
  // The name service finds the module as loaded.
  void* const module =
      ::dlopen(PROCTOR_BIN_DIR "/programs/libnss_proctor_away.so", RTLD_NOW | RTLD_GLOBAL);
  ASSERT_NE(module, nullptr) << ::dlerror();
  ASSERT_EQ(::__nss_configure_lookup("passwd", "files proctor_away"), 0);
  const absl::StatusOr<AnonymousCaller> stranger = Caller("stranger", false);
  const absl::StatusOr<AnonymousCaller> alice = Caller("alice", false);
  ::__nss_configure_lookup("passwd", "files");
  ExpectNone(stranger, "the name service did not answer in full", "winbindd");
  ASSERT_TRUE(alice.ok()) << alice.status();
  EXPECT_TRUE(alice->credentials.has_posix()) << "a file knows it";
}

TEST_F(KerberosPrincipalMapTest, ARuleIsNamedThatLedToTheAccount) {
  const absl::StatusOr<AnonymousCaller> caller = Caller("alice", false);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_THAT(caller->authentication.mapped_by(),
              HasSubstr(absl::StrCat("auth_to_local, which names ", kAccount)));
  EXPECT_EQ(caller->authentication.mapping_advice(), "");
}

TEST_F(KerberosPrincipalMapTest, AnotherDefaultRealmIsWhyNoRuleApplies) {
  agent_configuration_ = realm_->File("agent.conf");
  std::ofstream(agent_configuration_) << "[libdefaults]\n  default_realm = ELSEWHERE.TEST\n";
  ExpectNone(Caller("bob", false), "default_realm of the agent's krb5.conf is ELSEWHERE.TEST",
             "default_realm = PROCTOR.TEST");
}

TEST_F(KerberosPrincipalMapTest, AnotherRealmIsNamedAndHowToTrustIt) {
  RealmOptions options;
  options.name = "OTHER.TEST";
  absl::StatusOr<std::unique_ptr<TestRealm>> other = TestRealm::Create(options);
  ASSERT_TRUE(other.ok()) << other.status();
  ASSERT_TRUE(realm_->Trust(**other).ok());
  ASSERT_TRUE((*other)->AddPrincipal("mallory", "secret").ok());
  const std::string ccache = (*other)->File("mallory.ccache");
  ASSERT_TRUE((*other)->Kinit("mallory", ccache).ok());
  ExpectNone(CallerWith(ccache), "the realm OTHER.TEST is neither the agent's, PROCTOR.TEST",
             "trusted_realm: \"OTHER.TEST\"");
}

TEST_F(KerberosPrincipalMapTest, SidsAreThoseOfAVerifiedPac) {
  LogonInfoBuilder builder;
  builder.groups = {{513}};
  const absl::StatusOr<AnonymousCaller> caller = CallerWithPac(builder.Build(), true);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->credentials.domain().sid(), "S-1-5-21-1-2-3-1105");
  EXPECT_EQ(caller->credentials.domain().group_sids_size(), 1);
  EXPECT_EQ(caller->authentication.sids_from(), "the ticket's PAC, verified");
}

// It is the realm that lets it in; the PAC is left out, and that is told.
TEST_F(KerberosPrincipalMapTest, APacThatDoesNotVerifyIsLeftOutAndTold) {
  LogonInfoBuilder builder;
  builder.groups = {{513}};
  const absl::StatusOr<AnonymousCaller> caller = CallerWithPac(builder.Build(), false);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_TRUE(caller->credentials.has_posix());
  EXPECT_EQ(caller->credentials.domain().sid(), "");
  EXPECT_EQ(caller->credentials.domain().group_sids_size(), 0);
  EXPECT_THAT(caller->authentication.sids_from(), HasSubstr("has not signed it"));
}

TEST_F(KerberosPrincipalMapTest, APacThatCannotBeReadIsLeftOutAndTold) {
  const absl::StatusOr<AnonymousCaller> caller = CallerWithPac("no logon information", true);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->credentials.domain().sid(), "");
  EXPECT_THAT(caller->authentication.sids_from(), HasSubstr("PAC logon information"));
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
