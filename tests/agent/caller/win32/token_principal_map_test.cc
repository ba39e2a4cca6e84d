#include "agent/caller/win32/token_principal_map.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/token/win32/win32_token.h"
#include "agent/token/win32/win32_token_pipeline.h"
#include "common/proto_time.h"
#include "common/win32/sspi_accepted_client.h"
#include "common/win32/token_identity.h"
#include "tests/agent/fake_clock.h"

namespace proctor {
namespace {

using testing::HasSubstr;

UniqueHandle OwnToken(SECURITY_IMPERSONATION_LEVEL level) {
  UniqueHandle process;
  EXPECT_TRUE(
      ::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, process.receive()));
  UniqueHandle token;
  EXPECT_TRUE(::DuplicateTokenEx(process.get(), MAXIMUM_ALLOWED, nullptr, level, TokenImpersonation,
                                 token.receive()));
  return token;
}

class TokenPrincipalMapTest : public testing::Test {
 protected:
  TokenPrincipalMapTest() {
    facts_.client_principal = "alice@EXAMPLE.COM";
    facts_.service_principal = "proctor/agent.test";
    facts_.channel_bound = true;
    facts_.expires = absl::FromUnixSeconds(2'000'000'000);
  }

  absl::StatusOr<AnonymousCaller> Describe(SECURITY_IMPERSONATION_LEVEL level) {
    return map_.Describe(facts_, std::make_unique<SspiAcceptedClient>(OwnToken(level), level));
  }

  NegotiateFacts facts_;
  TokenPrincipalMap map_;
};

TEST_F(TokenPrincipalMapTest, TheCallerIsTheToken) {
  const absl::StatusOr<AnonymousCaller> caller = Describe(SecurityImpersonation);
  ASSERT_TRUE(caller.ok()) << caller.status();
  const auto& token = static_cast<const Win32Token&>(*caller->context);
  EXPECT_EQ(token.user_sid(), ReadOwnIdentity()->user_sid);
  EXPECT_EQ(caller->call, "AcceptSecurityContext, QuerySecurityContextToken");
  EXPECT_EQ(caller->authentication.mechanism(), "Kerberos (Negotiate, SSPI)");
  EXPECT_EQ(caller->authentication.level(), v1::PRIMARY);
  EXPECT_TRUE(caller->authentication.channel_bound());
  EXPECT_EQ(caller->authentication.service_principal(), "proctor/agent.test");
  EXPECT_EQ(FromTimestampProto(caller->authentication.expires()), facts_.expires);
}

TEST_F(TokenPrincipalMapTest, WithoutDelegationOtherMachinesSeeNobody) {
  const absl::StatusOr<AnonymousCaller> caller = Describe(SecurityImpersonation);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->authentication.network_credentials().kind(),
            v1::NetworkCredentials::NO_CREDENTIALS);
  EXPECT_THAT(caller->authentication.network_credentials().reason(), HasSubstr("--delegate"));
}

TEST_F(TokenPrincipalMapTest, DelegatedCredentialsAreInTheToken) {
  facts_.delegated = true;
  const absl::StatusOr<AnonymousCaller> caller = Describe(SecurityDelegation);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->authentication.network_credentials().kind(), v1::NetworkCredentials::DELEGATED);
}

TEST_F(TokenPrincipalMapTest, DelegationThatTheTokenDoesNotHaveIsNone) {
  facts_.delegated = true;
  const absl::StatusOr<AnonymousCaller> caller = Describe(SecurityImpersonation);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->authentication.network_credentials().kind(),
            v1::NetworkCredentials::NO_CREDENTIALS);
}

TEST_F(TokenPrincipalMapTest, ACallerOfTheLevelIdentificationCanLaunchNothing) {
  const absl::StatusOr<AnonymousCaller> caller = Describe(SecurityIdentification);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->authentication.level(), v1::IDENTIFICATION);
  FakeClock clock;
  Win32TokenPipeline pipeline(TokenCalls::System(), &clock,
                              *Win32Token::Read(OwnToken(SecurityImpersonation)));
  const absl::StatusOr<CallerToken> identified = pipeline.Identify(*caller);
  ASSERT_TRUE(identified.ok()) << identified.status();
  EXPECT_FALSE(pipeline.CanLaunchAs(*identified).ok());
}

TEST_F(TokenPrincipalMapTest, NtlmIsNamed) {
  facts_.protocol = NegotiatedProtocol::kNtlm;
  const absl::StatusOr<AnonymousCaller> caller = Describe(SecurityImpersonation);
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->authentication.mechanism(), "NTLM (Negotiate, SSPI)");
}

TEST_F(TokenPrincipalMapTest, AHandleThatIsNoTokenIsRefused) {
  EXPECT_FALSE(map_.Describe(facts_, std::make_unique<SspiAcceptedClient>(
                                         UniqueHandle(reinterpret_cast<HANDLE>(0xdeadbeef)),
                                         SecurityImpersonation))
                   .ok());
  EXPECT_FALSE(map_.Describe(facts_, nullptr).ok());
}

}  // namespace
}  // namespace proctor
