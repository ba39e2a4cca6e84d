// Both ends of security contexts against a real KDC.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>
#include <fstream>
#include <memory>
#include <string>

#include "common/failure_detail.h"
#include "common/linux/gss_accepted_client.h"
#include "common/negotiate_context.h"
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
    RealmOptions options;
    // Otherwise a test of what comes after it would run with five minutes of tolerance.
    realm_ = TestRealm::Create(options).value().release();
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
  const Ends ends = Exchange(MakeNegotiateInitiator(options).value(),
                             Acceptor("proctor/other.test", kService)->Accept(kBinding).value());
  EXPECT_TRUE(absl::IsUnauthenticated(ends.failed_agent)) << ends.failed_agent;
  EXPECT_THAT(std::string(ends.failed_agent.message()), HasSubstr("the client meant"));
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
  EXPECT_THAT(AdviceOf(refused), HasSubstr("keytab")) << refused;
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
