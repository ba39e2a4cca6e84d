// Both ends of security contexts against a real KDC.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <krb5/krb5.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "common/failure_detail.h"
#include "common/linux/gss_accepted_client.h"
#include "common/linux/presented_ticket.h"
#include "common/negotiate_context.h"
#include "tests/realm/keytab_file.h"
#include "tests/realm/service_ticket.h"
#include "tests/realm/test_realm.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

constexpr char kService[] = "proctor/agent.test";
constexpr char kBinding[] = "hash of the certificate";

void SetEnvironment(const ProgramEnvironment& environment) {
  for (const auto& [name, value] : environment) ::setenv(name.c_str(), value.c_str(), 1);
}

// One realm for all tests of the program: making it takes a second.
class GssContextTest : public testing::Test {
 protected:
  static void SetUpTestSuite() {
    if (!TestRealm::WhatIsMissing().empty()) return;
    realm_ = TestRealm::Create().value().release();
    ASSERT_TRUE(realm_->AddPrincipal("alice", "wonderland").ok());
    ASSERT_TRUE(realm_->AddService(kService).ok());
    ASSERT_TRUE(realm_->AddService("proctor/other.test").ok());
    SetEnvironment(realm_->Environment());
  }
  static void TearDownTestSuite() {
    delete realm_;
    realm_ = nullptr;
  }

  void SetUp() override {
    if (realm_ == nullptr) GTEST_SKIP() << "needs " << TestRealm::WhatIsMissing();
    UseCache("alice.ccache");
    ASSERT_TRUE(realm_->Kinit("alice", realm_->File("alice.ccache")).ok());
  }

  void UseCache(const std::string& name) {
    ::setenv("KRB5CCNAME", ("FILE:" + realm_->File(name)).c_str(), 1);
  }

  static NegotiateInitiatorOptions Initiator() {
    NegotiateInitiatorOptions options;
    options.target = kService;
    options.binding = kBinding;
    return options;
  }
  std::unique_ptr<NegotiateAcceptor> Acceptor(const std::string& keytab_of = kService,
                                              const std::string& expected = kService) {
    NegotiateAcceptorOptions options;
    options.keytab = realm_->KeytabOf(keytab_of);
    options.service_principal = expected;
    return MakeNegotiateAcceptor(options).value();
  }

  struct Ends {
    std::unique_ptr<NegotiateContext> client;
    std::unique_ptr<NegotiateContext> agent;
    absl::Status failed_client;
    absl::Status failed_agent;
    std::string first_token;
  };
  // Exchanges tokens until both ends are complete or one has failed.
  static Ends Exchange(std::unique_ptr<NegotiateContext> client,
                       std::unique_ptr<NegotiateContext> agent) {
    Ends ends;
    ends.client = std::move(client);
    ends.agent = std::move(agent);
    std::string token;
    while (!ends.client->complete()) {
      absl::StatusOr<NegotiateStep> sent = ends.client->Step(token);
      ends.failed_client = sent.status();
      if (!sent.ok() || sent->token.empty()) return ends;
      if (ends.first_token.empty()) ends.first_token = sent->token;
      absl::StatusOr<NegotiateStep> answered = ends.agent->Step(sent->token);
      ends.failed_agent = answered.status();
      if (!answered.ok()) return ends;
      token = answered->token;
    }
    return ends;
  }
  Ends Exchange(const NegotiateInitiatorOptions& options) {
    return Exchange(MakeNegotiateInitiator(options).value(), Acceptor()->Accept(kBinding).value());
  }

  static TestRealm* realm_;
};

TestRealm* GssContextTest::realm_ = nullptr;

std::string AdviceOf(const absl::Status& status) {
  const absl::optional<v1::FailureDetail> detail = GetFailureDetail(status);
  return detail.has_value() ? detail->advice() : "";
}

std::string NameOf(const absl::Status& status) {
  const absl::optional<v1::FailureDetail> detail = GetFailureDetail(status);
  return detail.has_value() ? detail->os_error_name() : "";
}

TEST_F(GssContextTest, BothEndsKnowEachOther) {
  const Ends ends = Exchange(Initiator());
  ASSERT_TRUE(ends.client->complete()) << ends.failed_client << ends.failed_agent;
  ASSERT_TRUE(ends.agent->complete());
  const NegotiateFacts& facts = ends.agent->facts();
  EXPECT_EQ(facts.client_principal, "alice@" + realm_->name());
  EXPECT_EQ(facts.service_principal, std::string(kService) + "@" + realm_->name());
  EXPECT_TRUE(facts.channel_bound);
  EXPECT_TRUE(facts.mutual && facts.integrity && facts.replay_detection &&
              facts.sequence_detection);
  EXPECT_FALSE(facts.delegated);
  EXPECT_GT(facts.expires, absl::Now() + absl::Minutes(50));
  EXPECT_LT(facts.expires, absl::Now() + absl::Minutes(70));
}

TEST_F(GssContextTest, SignaturesOfOneEndVerifyAtTheOther) {
  const Ends ends = Exchange(Initiator());
  ASSERT_TRUE(ends.client->complete());
  const std::string agents = ends.agent->Sign("text").value();
  EXPECT_TRUE(ends.client->Verify("text", agents).ok());
  EXPECT_FALSE(ends.client->Verify("other text", agents).ok());
  EXPECT_FALSE(ends.agent->Verify("text", agents).ok()) << "its own, sent back";
  EXPECT_TRUE(ends.agent->Verify("text", ends.client->Sign("text").value()).ok());
}

TEST_F(GssContextTest, NothingIsSignedBeforeTheEnd) {
  const auto client = MakeNegotiateInitiator(Initiator()).value();
  EXPECT_FALSE(client->Sign("text").ok());
  EXPECT_FALSE(client->Verify("text", "mac").ok());
}

// The library adds the difference that clocks may have at the agent's end, and not at the client's.
TEST_F(GssContextTest, TheEndIsTheTicketsOwnAtBothEnds) {
  std::ofstream(realm_->File("skew.conf")) << "[libdefaults]\n  clockskew = 100\n";
  const std::string configuration = realm_->File("krb5.conf");
  for (const std::string& files :
       {configuration, realm_->File("skew.conf") + ":" + configuration}) {
    ::setenv("KRB5_CONFIG", files.c_str(), 1);
    const Ends ends = Exchange(Initiator());
    ::setenv("KRB5_CONFIG", configuration.c_str(), 1);
    ASSERT_TRUE(ends.agent->complete()) << ends.failed_agent;
    EXPECT_LT(absl::AbsDuration(ends.agent->facts().expires - ends.client->facts().expires),
              absl::Seconds(3))
        << files;
  }
}

TEST_F(GssContextTest, ATicketThatEndedWithinTheAllowedDifferenceIsRefused) {
  ServiceTicket ticket;
  ticket.key = ReadKeytabFile(realm_->KeytabOf(kService)).value().front();
  ticket.life = -absl::Minutes(1);
  ticket.client_ahead = -absl::Minutes(2);
  ASSERT_TRUE(WriteTicketCache(ticket, realm_->File("ended.ccache")).ok());
  UseCache("ended.ccache");
  const Ends ends = Exchange(Initiator());
  ASSERT_TRUE(ends.failed_client.ok()) << ends.failed_client;
  EXPECT_EQ(NameOf(ends.failed_agent), "KRB5KRB_AP_ERR_TKT_EXPIRED") << ends.failed_agent;
  EXPECT_THAT(AdviceOf(ends.failed_agent), HasSubstr("kinit"));
}

// MIT's libraries take any bytes for a name; records and answers hold text.
TEST_F(GssContextTest, APrincipalThatIsNotUtf8IsRefused) {
  ServiceTicket ticket;
  ticket.key = ReadKeytabFile(realm_->KeytabOf(kService)).value().front();
  ticket.client = "al\xffice";
  ASSERT_TRUE(WriteTicketCache(ticket, realm_->File("latin.ccache")).ok());
  UseCache("latin.ccache");
  const Ends ends = Exchange(Initiator());
  ASSERT_TRUE(ends.failed_client.ok()) << ends.failed_client;
  EXPECT_TRUE(absl::IsUnauthenticated(ends.failed_agent)) << ends.failed_agent;
  EXPECT_EQ(ends.failed_agent.message(),
            "the principal al\\xffice@" + realm_->name() + " is not UTF-8");
  EXPECT_THAT(AdviceOf(ends.failed_agent), HasSubstr("rename"));
}

TEST_F(GssContextTest, DelegationOnlyWhenAskedFor) {
  NegotiateInitiatorOptions options = Initiator();
  options.delegate = true;
  Ends ends = Exchange(options);
  ASSERT_TRUE(ends.agent->complete()) << ends.failed_agent;
  EXPECT_TRUE(ends.agent->facts().delegated);
  const std::unique_ptr<NegotiatedClient> client = ends.agent->TakeClient();
  EXPECT_TRUE(static_cast<GssAcceptedClient&>(*client).has_delegated());
}

TEST_F(GssContextTest, AnotherBindingIsRefused) {
  NegotiateInitiatorOptions options = Initiator();
  options.binding = "hash of a relay's certificate";
  const Ends ends = Exchange(options);
  EXPECT_FALSE(ends.agent->complete());
  EXPECT_TRUE(absl::IsUnauthenticated(ends.failed_agent)) << ends.failed_agent;
  EXPECT_THAT(std::string(ends.failed_agent.message()), HasSubstr("another TLS connection"));
}

// What any Kerberos client sends that knows nothing of bindings: the library accepts it.
TEST_F(GssContextTest, AMissingBindingIsRefused) {
  const GssLibrary& gss = **GssLibrary::Load();
  const std::string text = std::string(kService) + "@" + realm_->name();
  gss_buffer_desc name = InputBuffer(text);
  GssName target(&gss);
  OM_uint32 minor = 0;
  ASSERT_EQ(gss.gss_import_name(&minor, &name, PrincipalNameType(), target.receive()),
            GSS_S_COMPLETE);
  GssContextHandle context(&gss);
  GssBuffer token(&gss);
  const OM_uint32 major = gss.gss_init_sec_context(
      &minor, GSS_C_NO_CREDENTIAL, context.receive(), target.get(), SpnegoMechanism(),
      GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG,
      GSS_C_INDEFINITE, GSS_C_NO_CHANNEL_BINDINGS, GSS_C_NO_BUFFER, nullptr, token.receive(),
      nullptr, nullptr);
  ASSERT_EQ(major, GSS_S_CONTINUE_NEEDED);
  const auto acceptor = Acceptor();
  const absl::Status refused = acceptor->Accept(kBinding).value()->Step(View(token)).status();
  EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("not bound"));
}

TEST_F(GssContextTest, RawKerberosIsTaken) {
  const GssLibrary& gss = **GssLibrary::Load();
  const std::string text = std::string(kService) + "@" + realm_->name();
  gss_buffer_desc name = InputBuffer(text);
  GssName target(&gss);
  OM_uint32 minor = 0;
  ASSERT_EQ(gss.gss_import_name(&minor, &name, PrincipalNameType(), target.receive()),
            GSS_S_COMPLETE);
  const std::string data = EndPointBindingData(kBinding);
  gss_channel_bindings_struct bindings{};
  bindings.application_data = InputBuffer(data);
  GssContextHandle context(&gss);
  GssBuffer token(&gss);
  const OM_uint32 major = gss.gss_init_sec_context(
      &minor, GSS_C_NO_CREDENTIAL, context.receive(), target.get(), KerberosMechanism(),
      GSS_C_MUTUAL_FLAG | GSS_C_INTEG_FLAG | GSS_C_REPLAY_FLAG | GSS_C_SEQUENCE_FLAG,
      GSS_C_INDEFINITE, &bindings, GSS_C_NO_BUFFER, nullptr, token.receive(), nullptr, nullptr);
  ASSERT_EQ(major, GSS_S_CONTINUE_NEEDED);
  const auto agent = Acceptor()->Accept(kBinding).value();
  const absl::StatusOr<NegotiateStep> step = agent->Step(View(token));
  ASSERT_TRUE(step.ok()) << step.status();
  EXPECT_TRUE(agent->complete());
}

TEST_F(GssContextTest, AnotherServiceOfTheSameKeytabIsRefused) {
  NegotiateInitiatorOptions options = Initiator();
  options.target = "proctor/other.test";
  std::vector<KeytabFileEntry> entries =
      ReadKeytabFile(realm_->KeytabOf("proctor/other.test")).value();
  const std::vector<KeytabFileEntry> more = ReadKeytabFile(realm_->KeytabOf(kService)).value();
  entries.insert(entries.end(), more.begin(), more.end());
  NegotiateAcceptorOptions acceptor;
  acceptor.keytab = realm_->File("both.keytab");
  acceptor.service_principal = kService;
  ASSERT_TRUE(WriteKeytabFile(acceptor.keytab, entries).ok());
  const Ends ends = Exchange(MakeNegotiateInitiator(options).value(),
                             MakeNegotiateAcceptor(acceptor).value()->Accept(kBinding).value());
  EXPECT_TRUE(absl::IsUnauthenticated(ends.failed_agent)) << ends.failed_agent;
  EXPECT_THAT(std::string(ends.failed_agent.message()), HasSubstr("the client meant"));
}

// All names of an account share its key, and the tools of a domain write the account's own first.
TEST_F(GssContextTest, InADomainTheKeyOfTheExpectedNameIsTaken) {
  const std::string keytab =
      realm_->AddAccount({"HOST$", "host/domain.test", "proctor/domain.test"}).value();
  NegotiateAcceptorOptions acceptor;
  acceptor.keytab = keytab;
  acceptor.service_principal = "proctor/domain.test";
  NegotiateInitiatorOptions options = Initiator();
  options.target = acceptor.service_principal;
  const Ends ends = Exchange(MakeNegotiateInitiator(options).value(),
                             MakeNegotiateAcceptor(acceptor).value()->Accept(kBinding).value());
  EXPECT_TRUE(ends.agent->complete()) << ends.failed_agent;
  EXPECT_EQ(ends.agent->facts().service_principal, "proctor/domain.test@" + realm_->name());
}

TEST_F(GssContextTest, ATicketForAnotherNameOfTheSameKeyIsRefused) {
  const std::string keytab = realm_->AddAccount({"proctor/two.test", "host/two.test"}).value();
  NegotiateAcceptorOptions acceptor;
  acceptor.keytab = keytab;
  acceptor.service_principal = "proctor/two.test";
  NegotiateInitiatorOptions options = Initiator();
  options.target = "host/two.test";
  const Ends ends = Exchange(MakeNegotiateInitiator(options).value(),
                             MakeNegotiateAcceptor(acceptor).value()->Accept(kBinding).value());
  EXPECT_TRUE(absl::IsUnauthenticated(ends.failed_agent)) << ends.failed_agent;
  EXPECT_EQ(ends.failed_agent.message(),
            "the client meant host/two.test@" + realm_->name() + ", not proctor/two.test");
  EXPECT_THAT(AdviceOf(ends.failed_agent), HasSubstr("--spn"));
}

// Domains tell no names apart by case, and their tools write host names in capitals.
TEST_F(GssContextTest, TheCaseOfANameDoesNotCount) {
  const std::string keytab = realm_->AddAccount({"CASE$", "proctor/CASE.test"}).value();
  NegotiateAcceptorOptions acceptor;
  acceptor.keytab = keytab;
  acceptor.service_principal = "proctor/case.test";
  NegotiateInitiatorOptions options = Initiator();
  options.target = "proctor/CASE.test";
  const Ends ends = Exchange(MakeNegotiateInitiator(options).value(),
                             MakeNegotiateAcceptor(acceptor).value()->Accept(kBinding).value());
  EXPECT_TRUE(ends.agent->complete()) << ends.failed_agent;
}

// Other realms than domains do tell them apart: each has a key of its own.
TEST_F(GssContextTest, OfNamesThatDifferInCaseTheTicketsIsTaken) {
  std::vector<KeytabFileEntry> entries;
  for (const char* name : {"proctor/twin.test", "proctor/TWIN.test"}) {
    const std::vector<KeytabFileEntry> more =
        ReadKeytabFile(realm_->AddService(name).value()).value();
    entries.insert(entries.end(), more.begin(), more.end());
  }
  NegotiateAcceptorOptions acceptor;
  acceptor.keytab = realm_->File("twins.keytab");
  acceptor.service_principal = "proctor/twin.test";
  ASSERT_TRUE(WriteKeytabFile(acceptor.keytab, entries).ok());
  for (const std::string name : {"proctor/TWIN.test", "proctor/twin.test"}) {
    NegotiateInitiatorOptions options = Initiator();
    options.target = name;
    const Ends ends = Exchange(MakeNegotiateInitiator(options).value(),
                               MakeNegotiateAcceptor(acceptor).value()->Accept(kBinding).value());
    ASSERT_TRUE(ends.agent->complete()) << ends.failed_agent;
    EXPECT_EQ(ends.agent->facts().service_principal, name + "@" + realm_->name());
  }
}

TEST_F(GssContextTest, OfAServiceInSeveralRealmsTheTicketsIsTaken) {
  std::vector<KeytabFileEntry> entries = ReadKeytabFile(realm_->KeytabOf(kService)).value();
  KeytabFileEntry other = entries.front();
  other.realm = "ANOTHER.TEST";
  other.key[0] = static_cast<char>(~other.key[0]);
  entries.insert(entries.begin(), other);
  NegotiateAcceptorOptions acceptor;
  acceptor.keytab = realm_->File("realms.keytab");
  acceptor.service_principal = kService;
  ASSERT_TRUE(WriteKeytabFile(acceptor.keytab, entries).ok());
  const Ends ends = Exchange(MakeNegotiateInitiator(Initiator()).value(),
                             MakeNegotiateAcceptor(acceptor).value()->Accept(kBinding).value());
  ASSERT_TRUE(ends.agent->complete()) << ends.failed_agent;
  EXPECT_EQ(ends.agent->facts().service_principal, std::string(kService) + "@" + realm_->name());
}

// Whatever a stranger sends is looked at before the library has said a word about it.
TEST_F(GssContextTest, TheTicketIsFoundInAWholeTokenOnly) {
  const std::string token = MakeNegotiateInitiator(Initiator()).value()->Step("").value().token;
  const absl::string_view ticket = TicketInToken(token);
  ASSERT_FALSE(ticket.empty());
  EXPECT_EQ(ticket.front(), '\x61') << "[APPLICATION 1]";
  EXPECT_THAT(std::string(ticket), HasSubstr("agent.test"));
  for (size_t size = 0; size < token.size(); ++size) {
    EXPECT_EQ(TicketInToken(absl::string_view(token).substr(0, size)), "") << size;
  }
}

TEST_F(GssContextTest, ATokenIsGoodOnce) {
  const Ends ends = Exchange(Initiator());
  ASSERT_TRUE(ends.agent->complete());
  const absl::Status replayed =
      Acceptor()->Accept(kBinding).value()->Step(ends.first_token).status();
  EXPECT_TRUE(absl::IsUnauthenticated(replayed)) << replayed;
  EXPECT_THAT(std::string(replayed.message()), HasSubstr("replay"));
}

TEST_F(GssContextTest, AnUnknownServiceIsToldWithAdvice) {
  NegotiateInitiatorOptions options = Initiator();
  options.target = "proctor/nobody.test";
  const absl::Status failed = MakeNegotiateInitiator(options).value()->Step("").status();
  EXPECT_TRUE(absl::IsUnauthenticated(failed)) << failed;
  EXPECT_THAT(std::string(failed.message()), HasSubstr("not found in Kerberos database"));
  EXPECT_THAT(AdviceOf(failed), HasSubstr("--spn"));
}

TEST_F(GssContextTest, WithoutATicketTheAdviceIsKinit) {
  UseCache("missing.ccache");
  const absl::Status failed = MakeNegotiateInitiator(Initiator()).value()->Step("").status();
  EXPECT_TRUE(absl::IsUnauthenticated(failed)) << failed;
  EXPECT_THAT(AdviceOf(failed), HasSubstr("kinit"));
  EXPECT_THAT(AdviceOf(ReadNegotiateIdentity().status()), HasSubstr("kinit"));
}

TEST_F(GssContextTest, ACacheInAKcmThatDoesNotRunIsToldWithAdvice) {
  std::ofstream(realm_->File("kcm.conf"))
      << "[libdefaults]\n  kcm_socket = " << realm_->File("no-kcm") << "\n";
  const std::string configuration = realm_->File("krb5.conf");
  ::setenv("KRB5_CONFIG", (realm_->File("kcm.conf") + ":" + configuration).c_str(), 1);
  ::setenv("KRB5CCNAME", "KCM:", 1);
  const absl::Status failed = MakeNegotiateInitiator(Initiator()).value()->Step("").status();
  ::setenv("KRB5_CONFIG", configuration.c_str(), 1);
  EXPECT_EQ(NameOf(failed), "KRB5_KCM_NO_SERVER") << failed;
  EXPECT_THAT(AdviceOf(failed), HasSubstr("KCM"));
}

TEST_F(GssContextTest, ABrokenConfigurationFileIsNamed) {
  const std::string main = realm_->File("main.conf");
  const std::string directory = realm_->File("conf.d");
  const std::string included = directory + "/broken.conf";
  std::filesystem::create_directory(directory);
  std::ofstream(main) << "[libdefaults]\nincludedir " << directory << "\n";
  std::ofstream(included) << "[libdefaults\n";
  ::setenv("KRB5_CONFIG", main.c_str(), 1);
  const absl::Status failed = MakeNegotiateInitiator(Initiator()).status();
  std::ofstream(main) << "include " << realm_->File("missing.conf") << "\n";
  const absl::Status missing = ReadNegotiateIdentity().status();
  ::setenv("KRB5_CONFIG", realm_->File("krb5.conf").c_str(), 1);
  EXPECT_TRUE(absl::IsFailedPrecondition(failed)) << failed;
  EXPECT_EQ(GetFailureDetail(failed)->subject(), included);
  EXPECT_THAT(std::string(failed.message()), HasSubstr("Syntax error in profile section header"));
  EXPECT_THAT(AdviceOf(failed), HasSubstr("krb5.conf"));
  EXPECT_EQ(GetFailureDetail(missing)->subject(), realm_->File("missing.conf")) << missing;
}

TEST_F(GssContextTest, AnExpiredTicketIsToldWithAdvice) {
  KinitOptions options;
  options.lifetime = absl::Seconds(1);
  ASSERT_TRUE(realm_->Kinit("alice", realm_->File("short.ccache"), options).ok());
  UseCache("short.ccache");
  const absl::Time deadline = absl::Now() + absl::Seconds(20);
  absl::Status failed;
  do {
    failed = MakeNegotiateInitiator(Initiator()).value()->Step("").status();
  } while (failed.ok() && absl::Now() < deadline);
  EXPECT_TRUE(absl::IsUnauthenticated(failed)) << failed;
  EXPECT_THAT(AdviceOf(failed), HasSubstr("kinit")) << failed;
}

// The library keeps the difference to the realm's clock in the cache's header (tag 1, seconds at
// byte 8) and goes by it: with another difference the client's clock is another one.
void MoveClock(const std::string& cache, uint32_t seconds) {
  std::fstream file(cache, std::ios::binary | std::ios::in | std::ios::out);
  char header[8] = {};
  file.read(header, sizeof(header));
  ASSERT_EQ(std::string(header, sizeof(header)), std::string("\5\4\0\x0c\0\1\0\x08", 8));
  for (const int shift : {24, 16, 8, 0})
    header[3 - shift / 8] = static_cast<char>(seconds >> shift);
  file.seekp(8);
  file.write(header, 4);
  ASSERT_TRUE(file.flush());
}

TEST_F(GssContextTest, ClocksThatDifferAreToldWithAdvice) {
  // The ticket for the service is in the cache from here on: the realm is not asked again.
  ASSERT_TRUE(Exchange(Initiator()).agent->complete());
  MoveClock(realm_->File("alice.ccache"), 600);
  const Ends ends = Exchange(Initiator());
  EXPECT_TRUE(absl::IsUnauthenticated(ends.failed_agent))
      << ends.failed_agent << ends.failed_client;
  EXPECT_THAT(AdviceOf(ends.failed_agent), HasSubstr("clocks")) << ends.failed_agent;
}

TEST_F(GssContextTest, TheIdentityIsThatOfTheCache) {
  const absl::StatusOr<NegotiateIdentity> identity = ReadNegotiateIdentity();
  ASSERT_TRUE(identity.ok()) << identity.status();
  EXPECT_EQ(identity->principal, "alice@" + realm_->name());
  EXPECT_EQ(identity->source, "FILE:" + realm_->File("alice.ccache"));
  EXPECT_GT(identity->expires, absl::Now());
}

TEST_F(GssContextTest, TheKdcThatIsAwayIsUnavailable) {
  realm_->StopKdc();
  const absl::Status failed = MakeNegotiateInitiator(Initiator()).value()->Step("").status();
  EXPECT_TRUE(realm_->StartKdc().ok());
  EXPECT_TRUE(absl::IsUnavailable(failed)) << failed;
  EXPECT_THAT(AdviceOf(failed), HasSubstr("key distribution centre"));
}

TEST_F(GssContextTest, AKeytabThatIsRenewedCountsAtOnce) {
  const auto acceptor = Acceptor();
  ASSERT_TRUE(realm_->NewKey(kService).ok());
  ASSERT_TRUE(realm_->Kinit("alice", realm_->File("alice.ccache")).ok());
  const Ends ends =
      Exchange(MakeNegotiateInitiator(Initiator()).value(), acceptor->Accept(kBinding).value());
  EXPECT_TRUE(ends.agent->complete()) << ends.failed_agent;
}

TEST_F(GssContextTest, ATicketForAKeyThatIsGoneIsToldWithAdvice) {
  const auto client = MakeNegotiateInitiator(Initiator()).value();
  const absl::StatusOr<NegotiateStep> sent = client->Step("");
  ASSERT_TRUE(sent.ok()) << sent.status();
  ASSERT_TRUE(realm_->NewKey(kService).ok());
  ASSERT_TRUE(realm_->ForgetOldKeys(kService).ok());
  const absl::Status refused = Acceptor()->Accept(kBinding).value()->Step(sent->token).status();
  EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
  EXPECT_THAT(AdviceOf(refused), HasSubstr("kinit")) << refused;
}

class KeyMismatchTest : public GssContextTest {
 protected:
  // What the agent says to alice's ticket when its keytab is what `change` makes of the realm's.
  absl::Status Refusal(const std::function<void(std::vector<KeytabFileEntry>*)>& change) {
    absl::StatusOr<std::vector<KeytabFileEntry>> entries =
        ReadKeytabFile(realm_->KeytabOf(kService));
    EXPECT_TRUE(entries.ok()) << entries.status();
    change(&*entries);
    NegotiateAcceptorOptions options;
    options.keytab = realm_->File("changed.keytab");
    options.service_principal = kService;
    EXPECT_TRUE(WriteKeytabFile(options.keytab, *entries).ok());
    return Exchange(MakeNegotiateInitiator(Initiator()).value(),
                    MakeNegotiateAcceptor(options).value()->Accept(kBinding).value())
        .failed_agent;
  }
};

// The realm's key has version 2: the keytab was written by a second ktadd.
TEST_F(KeyMismatchTest, AKeytabWithoutTheTicketsVersionIsOutOfDate) {
  const absl::Status refused = Refusal([](std::vector<KeytabFileEntry>* entries) {
    for (KeytabFileEntry& entry : *entries) --entry.kvno;
  });
  EXPECT_THAT(std::string(refused.message()), HasSubstr("the keytab is out of date")) << refused;
  EXPECT_EQ(NameOf(refused), "KRB5KRB_AP_ERR_BADKEYVER");
  EXPECT_THAT(AdviceOf(refused), HasSubstr("Export the agent's keytab"));
}

TEST_F(KeyMismatchTest, AKeytabWithLaterVersionsOnlyMakesTheTicketOutOfDate) {
  const absl::Status refused = Refusal([](std::vector<KeytabFileEntry>* entries) {
    for (KeytabFileEntry& entry : *entries) ++entry.kvno;
  });
  EXPECT_THAT(std::string(refused.message()), HasSubstr("the ticket is out of date")) << refused;
  EXPECT_THAT(AdviceOf(refused), HasSubstr("kinit"));
}

// As samba-tool and ktpass export it unless told otherwise: one old encryption type.
TEST_F(KeyMismatchTest, AnEncryptionTypeThatTheKeytabLacksIsNamed) {
  const absl::Status refused = Refusal([](std::vector<KeytabFileEntry>* entries) {
    for (KeytabFileEntry& entry : *entries) entry.enctype = ENCTYPE_ARCFOUR_HMAC;
  });
  EXPECT_THAT(std::string(refused.message()), HasSubstr("aes256-cts-hmac-sha1-96")) << refused;
  EXPECT_THAT(std::string(refused.message()), HasSubstr("arcfour-hmac only"));
  EXPECT_THAT(AdviceOf(refused), HasSubstr("msDS-SupportedEncryptionTypes"));
}

TEST_F(KeyMismatchTest, AnotherKeyOfTheSameVersionIsTold) {
  const absl::Status refused = Refusal([](std::vector<KeytabFileEntry>* entries) {
    for (KeytabFileEntry& entry : *entries) entry.key[0] = static_cast<char>(~entry.key[0]);
  });
  EXPECT_THAT(std::string(refused.message()), HasSubstr("is not the one of the ticket")) << refused;
  EXPECT_EQ(NameOf(refused), "KRB5KRB_AP_ERR_BAD_INTEGRITY");
  EXPECT_THAT(AdviceOf(refused), HasSubstr("password"));
}

TEST_F(KeyMismatchTest, WhatIsNotTheKeysFaultIsToldAsItIs) {
  const Ends ends = Exchange(Initiator());
  ASSERT_TRUE(ends.agent->complete());
  const absl::Status replayed =
      Acceptor()->Accept(kBinding).value()->Step(ends.first_token).status();
  EXPECT_EQ(NameOf(replayed), "KRB5KRB_AP_ERR_REPEAT") << replayed;
}

TEST_F(GssContextTest, GarbageIsRefused) {
  const absl::Status refused = Acceptor()->Accept(kBinding).value()->Step("garbage").status();
  EXPECT_TRUE(absl::IsUnauthenticated(refused)) << refused;
}

TEST_F(GssContextTest, ALongTokenIsRefusedUnread) {
  const absl::Status refused = Acceptor()
                                   ->Accept(kBinding)
                                   .value()
                                   ->Step(std::string(kMaxNegotiateTokenBytes + 1, 'x'))
                                   .status();
  EXPECT_TRUE(absl::IsInvalidArgument(refused)) << refused;
}

TEST_F(GssContextTest, AFailedExchangeDoesNotGoOn) {
  const Ends good = Exchange(Initiator());
  const auto agent = Acceptor()->Accept(kBinding).value();
  EXPECT_FALSE(agent->Step("garbage").ok());
  EXPECT_TRUE(absl::IsFailedPrecondition(agent->Step(good.first_token).status()));
}

TEST_F(GssContextTest, AnAcceptorKnowsWhetherItHasTheKey) {
  EXPECT_TRUE(Acceptor()->CheckUsable().ok());
  EXPECT_EQ(Acceptor()->service_principal(), std::string(kService) + "@" + realm_->name());
  const absl::Status missing = Acceptor(kService, "proctor/third.test")->CheckUsable();
  EXPECT_TRUE(absl::IsFailedPrecondition(missing)) << missing;
  EXPECT_THAT(std::string(missing.message()), HasSubstr("no key of proctor/third.test"));
  NegotiateAcceptorOptions options;
  options.keytab = realm_->File("missing.keytab");
  options.service_principal = kService;
  EXPECT_TRUE(absl::IsFailedPrecondition(MakeNegotiateAcceptor(options).value()->CheckUsable()));
}

}  // namespace
}  // namespace proctor
