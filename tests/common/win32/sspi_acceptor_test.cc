#include "common/win32/sspi_acceptor.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure_detail.h"
#include "common/win32/sspi_accepted_client.h"
#include "tests/common/win32/fake_security_functions.h"

namespace proctor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr ULONG kRequired =
    ASC_REQ_MUTUAL_AUTH | ASC_REQ_INTEGRITY | ASC_REQ_REPLAY_DETECT | ASC_REQ_SEQUENCE_DETECT;
constexpr ULONG kReturned =
    ASC_RET_MUTUAL_AUTH | ASC_RET_INTEGRITY | ASC_RET_REPLAY_DETECT | ASC_RET_SEQUENCE_DETECT;
const std::string kNtlmToken("NTLMSSP\0\1\0\0\0", 12);

bool IsOpen(HANDLE handle) {
  DWORD flags = 0;
  return ::GetHandleInformation(handle, &flags);
}

class SspiAcceptorTest : public testing::Test {
 protected:
  SspiAcceptorTest() {
    Prepare(&fake_);
    options_.service_principal = "proctor/agent.test";
  }

  static void Prepare(FakeSecurityFunctions* fake) {
    fake->flags = kReturned;
    fake->answers = {{SEC_E_OK, "answer"}};
  }

  // One client's exchange; `context` is kept for the test to look at.
  absl::Status Accept(const std::string& token = "token") {
    if (acceptor_ == nullptr) {
      absl::StatusOr<std::unique_ptr<SspiAcceptor>> made =
          SspiAcceptor::Make(fake_.table(), options_);
      if (!made.ok()) return made.status();
      acceptor_ = *std::move(made);
    }
    absl::StatusOr<std::unique_ptr<NegotiateContext>> context = acceptor_->Accept("hash");
    if (!context.ok()) return context.status();
    context_ = *std::move(context);
    return context_->Step(token).status();
  }

  std::unique_ptr<SspiAcceptedClient> TakeClient() {
    return std::unique_ptr<SspiAcceptedClient>(
        static_cast<SspiAcceptedClient*>(context_->TakeClient().release()));
  }

  FakeSecurityFunctions fake_;
  NegotiateAcceptorOptions options_;
  std::unique_ptr<SspiAcceptor> acceptor_;
  std::unique_ptr<NegotiateContext> context_;
};

TEST_F(SspiAcceptorTest, EveryLegHasTheBindingAndNoneMayLackIt) {
  fake_.answers = {{SEC_I_CONTINUE_NEEDED, "one"}, {SEC_E_OK, "two"}};
  ASSERT_EQ(Accept(), absl::OkStatus());
  EXPECT_FALSE(context_->complete());
  ASSERT_EQ(context_->Step("next").status(), absl::OkStatus());
  EXPECT_TRUE(context_->complete());
  EXPECT_EQ(fake_.credential_use, static_cast<ULONG>(SECPKG_CRED_INBOUND));
  EXPECT_THAT(fake_.asked_flags, ElementsAre(kRequired, kRequired));
  EXPECT_EQ(kRequired & ASC_REQ_ALLOW_MISSING_BINDINGS, 0u);
  EXPECT_THAT(fake_.application_data,
              ElementsAre("tls-server-end-point:hash", "tls-server-end-point:hash"));
  EXPECT_THAT(fake_.taken_tokens, ElementsAre("token", "next"));
}

TEST_F(SspiAcceptorTest, GivesTheClientsTokenAway) {
  ASSERT_EQ(Accept(), absl::OkStatus());
  EXPECT_EQ(context_->facts().client_principal, "alice@EXAMPLE.COM");
  EXPECT_EQ(context_->facts().service_principal, "proctor/agent.test");
  EXPECT_TRUE(context_->facts().channel_bound);
  EXPECT_FALSE(context_->facts().delegated);
  std::unique_ptr<SspiAcceptedClient> client = TakeClient();
  ASSERT_NE(client, nullptr);
  EXPECT_EQ(client->level(), SecurityImpersonation);
  EXPECT_EQ(client->TakeToken().get(), fake_.given_tokens[0]);
  EXPECT_FALSE(IsOpen(fake_.given_tokens[0]));
}

TEST_F(SspiAcceptorTest, AClientThatIdentifiesItselfOnlyIsIdentified) {
  fake_.client_token = [] {
    return FakeSecurityFunctions::OwnToken(TokenImpersonation, SecurityIdentification);
  };
  ASSERT_EQ(Accept(), absl::OkStatus());
  EXPECT_EQ(TakeClient()->level(), SecurityIdentification);
}

TEST_F(SspiAcceptorTest, DelegationIsWhatBothFlagAndTokenSay) {
  fake_.flags |= ASC_RET_DELEGATE;
  ASSERT_EQ(Accept(), absl::OkStatus());
  EXPECT_FALSE(context_->facts().delegated);
  fake_.client_token = [] {
    return FakeSecurityFunctions::OwnToken(TokenImpersonation, SecurityDelegation);
  };
  fake_.answers.push_back({SEC_E_OK, "answer"});
  ASSERT_EQ(Accept(), absl::OkStatus());
  EXPECT_TRUE(context_->facts().delegated);
}

TEST_F(SspiAcceptorTest, TokensThatAreNoClientsAreRefusedAndClosed) {
  struct Case {
    const char* message;
    std::function<HANDLE()> token;
  };
  for (const Case& c : {
           Case{
               "primary",
               [] { return FakeSecurityFunctions::OwnToken(TokenPrimary, SecurityImpersonation); }},
           Case{"identified",
                [] {
                  return FakeSecurityFunctions::OwnToken(TokenImpersonation, SecurityAnonymous);
                }},
       }) {
    FakeSecurityFunctions fake;
    Prepare(&fake);
    fake.client_token = c.token;
    auto acceptor = SspiAcceptor::Make(fake.table(), options_);
    {
      auto context = (*acceptor)->Accept("hash");
      const absl::Status refused = (*context)->Step("token").status();
      EXPECT_EQ(refused.code(), absl::StatusCode::kUnauthenticated);
      EXPECT_THAT(refused.message(), HasSubstr(c.message));
      EXPECT_EQ((*context)->TakeClient(), nullptr);
    }
    EXPECT_FALSE(IsOpen(fake.given_tokens.at(0)));
    EXPECT_EQ(fake.contexts, 0);
  }
}

TEST_F(SspiAcceptorTest, AHandleThatIsNoTokenIsRefused) {
  fake_.client_token = [] { return reinterpret_cast<HANDLE>(0xdeadbeef); };
  EXPECT_FALSE(Accept().ok());
}

TEST_F(SspiAcceptorTest, WithoutATokenThereIsNoClient) {
  fake_.failures["QuerySecurityContextToken"] = SEC_E_UNSUPPORTED_FUNCTION;
  const absl::Status refused = Accept();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(GetFailureDetail(refused)->call(), "QuerySecurityContextToken");
  EXPECT_EQ(context_->TakeClient(), nullptr);
}

TEST_F(SspiAcceptorTest, AnonymousIsNobody) {
  fake_.flags |= ASC_RET_NULL_SESSION;
  EXPECT_THAT(Accept().message(), HasSubstr("anonymous"));
}

TEST_F(SspiAcceptorTest, TheClientMustHaveMeantThisService) {
  fake_.target = L"HTTP/agent.test";
  EXPECT_THAT(Accept().message(), HasSubstr("HTTP/agent.test"));
}

TEST_F(SspiAcceptorTest, AClientThatNamedNoServiceIsRefused) {
  fake_.target.clear();
  EXPECT_EQ(Accept().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(SspiAcceptorTest, ASystemThatDoesNotTellTheServiceIsNotBelieved) {
  fake_.failures["CLIENT_SPECIFIED_TARGET"] = SEC_E_UNSUPPORTED_FUNCTION;
  EXPECT_EQ(GetFailureDetail(Accept())->call(), "QueryContextAttributesW(CLIENT_SPECIFIED_TARGET)");
  EXPECT_TRUE(fake_.given_tokens.empty());
}

TEST_F(SspiAcceptorTest, ServiceNamesKnowNoCase) {
  fake_.target = L"Proctor/AGENT.test";
  EXPECT_EQ(Accept(), absl::OkStatus());
}

TEST_F(SspiAcceptorTest, RealmsAreComparedWhereBothAreNamed) {
  options_.service_principal = "proctor/agent.test@EXAMPLE.COM";
  EXPECT_EQ(Accept(), absl::OkStatus());
  fake_.answers.assign(3, {SEC_E_OK, "answer"});
  fake_.target = L"proctor/agent.test@example.com";
  EXPECT_EQ(Accept(), absl::OkStatus());
  fake_.target = L"proctor/agent.test@OTHER.COM";
  EXPECT_EQ(Accept().code(), absl::StatusCode::kUnauthenticated);
}

TEST_F(SspiAcceptorTest, OtherBindingsAreRefusedWithAdvice) {
  fake_.answers = {{SEC_E_BAD_BINDINGS, ""}};
  const absl::Status refused = Accept();
  EXPECT_EQ(refused.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(GetFailureDetail(refused)->os_error_name(), "SEC_E_BAD_BINDINGS");
  EXPECT_THAT(GetFailureDetail(refused)->advice(), HasSubstr("proxy"));
}

TEST_F(SspiAcceptorTest, NtlmIsNotEvenLookedAt) {
  EXPECT_THAT(Accept(kNtlmToken).message(), HasSubstr("NTLM"));
  EXPECT_TRUE(fake_.taken_tokens.empty());
}

TEST_F(SspiAcceptorTest, NtlmWhereItIsAllowedNamesTheServiceToo) {
  options_.allow_ntlm = true;
  fake_.package = L"NTLM";
  fake_.flags &= ~ASC_RET_MUTUAL_AUTH;
  EXPECT_EQ(Accept(kNtlmToken), absl::OkStatus());
  EXPECT_EQ(context_->facts().protocol, NegotiatedProtocol::kNtlm);
  fake_.answers.push_back({SEC_E_OK, "answer"});
  fake_.target = L"cifs/agent.test";
  EXPECT_THAT(Accept(kNtlmToken).message(), HasSubstr("cifs/agent.test"));
}

TEST_F(SspiAcceptorTest, EveryRequiredFlagMustComeBack) {
  fake_.answers.assign(4, {SEC_E_OK, "answer"});
  for (const ULONG flag :
       {ASC_RET_MUTUAL_AUTH, ASC_RET_INTEGRITY, ASC_RET_REPLAY_DETECT, ASC_RET_SEQUENCE_DETECT}) {
    fake_.flags = kReturned & ~flag;
    EXPECT_EQ(Accept().code(), absl::StatusCode::kUnauthenticated) << flag;
  }
}

TEST_F(SspiAcceptorTest, CredentialsAreAcquiredOnceAndFreed) {
  fake_.answers.assign(3, {SEC_E_OK, "answer"});
  for (int i = 0; i < 3; ++i) EXPECT_EQ(Accept(), absl::OkStatus());
  EXPECT_EQ(fake_.acquisitions, 1);
  // A context may outlive its acceptor.
  acceptor_ = nullptr;
  EXPECT_EQ(fake_.credentials, 1);
  EXPECT_TRUE(context_->Sign("text").ok());
  context_ = nullptr;
  EXPECT_TRUE(fake_.nothing_is_out());
  for (HANDLE token : fake_.given_tokens) EXPECT_FALSE(IsOpen(token));
}

TEST_F(SspiAcceptorTest, EveryFailureGivesBackWhatWasTaken) {
  for (const char* failing : {"NEGOTIATION_INFO", "CLIENT_SPECIFIED_TARGET",
                              "QuerySecurityContextToken", "CompleteAuthToken"}) {
    FakeSecurityFunctions fake;
    Prepare(&fake);
    fake.answers[0].status = SEC_I_COMPLETE_NEEDED;
    fake.failures[failing] = SEC_E_INTERNAL_ERROR;
    {
      auto acceptor = SspiAcceptor::Make(fake.table(), options_);
      auto context = (*acceptor)->Accept("hash");
      EXPECT_FALSE((*context)->Step("token").ok()) << failing;
    }
    EXPECT_TRUE(fake.nothing_is_out()) << failing;
  }
}

TEST_F(SspiAcceptorTest, AnAccountWithoutCredentialsCannotAccept) {
  fake_.failures["AcquireCredentialsHandleW"] = SEC_E_NO_CREDENTIALS;
  const absl::Status refused = Accept();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(GetFailureDetail(refused)->advice(), HasSubstr("LocalSystem"));
}

TEST_F(SspiAcceptorTest, WhetherItIsUsableIsAskedAnew) {
  ASSERT_EQ(Accept(), absl::OkStatus());
  EXPECT_EQ(acceptor_->CheckUsable(), absl::OkStatus());
  fake_.failures["AcquireCredentialsHandleW"] = SEC_E_NO_CREDENTIALS;
  EXPECT_FALSE(acceptor_->CheckUsable().ok());
  EXPECT_EQ(fake_.credentials, 1);
}

}  // namespace
}  // namespace proctor
