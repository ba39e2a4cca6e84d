#include "common/win32/sspi_initiator.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure_detail.h"
#include "tests/common/win32/fake_security_functions.h"

namespace proctor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

constexpr ULONG kRequired =
    ISC_REQ_MUTUAL_AUTH | ISC_REQ_INTEGRITY | ISC_REQ_REPLAY_DETECT | ISC_REQ_SEQUENCE_DETECT;
constexpr ULONG kReturned =
    ISC_RET_MUTUAL_AUTH | ISC_RET_INTEGRITY | ISC_RET_REPLAY_DETECT | ISC_RET_SEQUENCE_DETECT;

std::string AdviceOf(const absl::Status& status) {
  const absl::optional<v1::FailureDetail> detail = GetFailureDetail(status);
  return detail.has_value() ? detail->advice() : "";
}

class SspiInitiatorTest : public testing::Test {
 protected:
  SspiInitiatorTest() {
    fake_.flags = kReturned;
    fake_.answers = {{SEC_I_CONTINUE_NEEDED, "one"}, {SEC_E_OK, ""}};
    options_.target = "proctor/agent.test";
    options_.binding = "hash";
  }

  std::unique_ptr<SspiInitiator> Make() {
    absl::StatusOr<std::unique_ptr<SspiInitiator>> made =
        SspiInitiator::Make(fake_.table(), options_);
    EXPECT_TRUE(made.ok()) << made.status();
    return *std::move(made);
  }

  // Both legs; what the last one came to.
  absl::Status Walk(NegotiateContext* context) {
    const absl::StatusOr<NegotiateStep> first = context->Step("");
    if (!first.ok() || first->complete) return first.status();
    return context->Step("answer").status();
  }
  absl::Status Walk() { return Walk(Make().get()); }

  FakeSecurityFunctions fake_;
  NegotiateInitiatorOptions options_;
};

TEST_F(SspiInitiatorTest, AsksForWhatItNeedsAndNothingElse) {
  EXPECT_EQ(Walk(), absl::OkStatus());
  EXPECT_EQ(fake_.asked_package, L"Negotiate");
  EXPECT_EQ(fake_.credential_use, static_cast<ULONG>(SECPKG_CRED_OUTBOUND));
  EXPECT_THAT(fake_.asked_flags, ElementsAre(kRequired, kRequired));
  EXPECT_THAT(fake_.asked_targets, ElementsAre(L"proctor/agent.test", L"proctor/agent.test"));
  EXPECT_THAT(fake_.taken_tokens, ElementsAre("", "answer"));
}

TEST_F(SspiInitiatorTest, EveryLegIsBoundToTheCertificate) {
  EXPECT_EQ(Walk(), absl::OkStatus());
  EXPECT_THAT(fake_.application_data,
              ElementsAre("tls-server-end-point:hash", "tls-server-end-point:hash"));
}

TEST_F(SspiInitiatorTest, DelegatesOnlyWhenAsked) {
  options_.delegate = true;
  fake_.flags |= ISC_RET_DELEGATE;
  const auto context = Make();
  EXPECT_EQ(Walk(context.get()), absl::OkStatus());
  EXPECT_THAT(fake_.asked_flags,
              ElementsAre(kRequired | ISC_REQ_DELEGATE, kRequired | ISC_REQ_DELEGATE));
  EXPECT_TRUE(context->facts().delegated);
}

TEST_F(SspiInitiatorTest, TheFactsAreTheReturnedOnes) {
  const auto context = Make();
  EXPECT_EQ(Walk(context.get()), absl::OkStatus());
  EXPECT_TRUE(context->complete());
  EXPECT_EQ(context->facts().client_principal, "alice@EXAMPLE.COM");
  EXPECT_EQ(context->facts().service_principal, "proctor/agent.test");
  EXPECT_TRUE(context->facts().mutual);
  EXPECT_FALSE(context->facts().delegated);
}

TEST_F(SspiInitiatorTest, ATokenIsCompletedWhereThePackageAsksForIt) {
  fake_.answers = {{SEC_I_COMPLETE_AND_CONTINUE, "one"}, {SEC_I_COMPLETE_NEEDED, "two"}};
  const auto context = Make();
  const absl::StatusOr<NegotiateStep> first = context->Step("");
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_FALSE(first->complete);
  const absl::StatusOr<NegotiateStep> second = context->Step("answer");
  ASSERT_TRUE(second.ok()) << second.status();
  EXPECT_TRUE(second->complete);
  EXPECT_EQ(second->token, "two");
  EXPECT_EQ(fake_.completed_tokens, 2);
}

TEST_F(SspiInitiatorTest, EveryRequiredFlagMustComeBack) {
  for (const ULONG flag :
       {ISC_RET_MUTUAL_AUTH, ISC_RET_INTEGRITY, ISC_RET_REPLAY_DETECT, ISC_RET_SEQUENCE_DETECT}) {
    FakeSecurityFunctions fake;
    fake.answers = fake_.answers;
    fake.flags = kReturned & ~flag;
    const auto context = SspiInitiator::Make(fake.table(), options_);
    EXPECT_EQ(Walk(context->get()).code(), absl::StatusCode::kUnauthenticated) << flag;
    EXPECT_FALSE((*context)->complete());
  }
}

TEST_F(SspiInitiatorTest, AnAgentThatMayOnlyIdentifyIsOfNoUse) {
  fake_.flags |= ISC_RET_IDENTIFY;
  EXPECT_THAT(Walk().message(), HasSubstr("not act as it"));
}

TEST_F(SspiInitiatorTest, NoTokenOfNtlmLeaves) {
  fake_.answers = {{SEC_I_CONTINUE_NEEDED, std::string("NTLMSSP\0\1\0\0\0", 12)}};
  const auto context = Make();
  const absl::StatusOr<NegotiateStep> step = context->Step("");
  EXPECT_EQ(step.status().code(), absl::StatusCode::kUnauthenticated);
  EXPECT_THAT(step.status().message(), HasSubstr("NTLM"));
  EXPECT_THAT(AdviceOf(step.status()), HasSubstr("domain"));
}

TEST_F(SspiInitiatorTest, NtlmIsRefusedByThePackageToo) {
  fake_.package = L"NTLM";
  EXPECT_THAT(Walk().message(), HasSubstr("NTLM"));
}

TEST_F(SspiInitiatorTest, NtlmWhereItIsAllowed) {
  options_.allow_ntlm = true;
  fake_.package = L"NTLM";
  fake_.flags &= ~ISC_RET_MUTUAL_AUTH;
  fake_.answers[0].token = std::string("NTLMSSP\0\1\0\0\0", 12);
  const auto context = Make();
  EXPECT_EQ(Walk(context.get()), absl::OkStatus());
  EXPECT_EQ(context->facts().protocol, NegotiatedProtocol::kNtlm);
  EXPECT_EQ(context->facts().service_principal, "");
}

TEST_F(SspiInitiatorTest, OtherPackagesAreRefusedByName) {
  fake_.package = L"PKU2U";
  EXPECT_THAT(Walk().message(), HasSubstr("PKU2U"));
}

TEST_F(SspiInitiatorTest, ErrorsSayWhatToDo) {
  struct Case {
    SECURITY_STATUS status;
    absl::StatusCode code;
    const char* name;
    const char* advice;
  };
  for (const Case& c : {
           Case{SEC_E_NO_CREDENTIALS, absl::StatusCode::kUnauthenticated, "SEC_E_NO_CREDENTIALS",
                "Log on"},
           Case{SEC_E_TIME_SKEW, absl::StatusCode::kUnauthenticated, "SEC_E_TIME_SKEW", "clocks"},
           Case{SEC_E_TARGET_UNKNOWN, absl::StatusCode::kUnauthenticated, "SEC_E_TARGET_UNKNOWN",
                "setspn -S"},
           Case{SEC_E_WRONG_PRINCIPAL, absl::StatusCode::kUnauthenticated, "SEC_E_WRONG_PRINCIPAL",
                "setspn -Q"},
           Case{SEC_E_NO_AUTHENTICATING_AUTHORITY, absl::StatusCode::kUnavailable,
                "SEC_E_NO_AUTHENTICATING_AUTHORITY", "domain controller"},
       }) {
    FakeSecurityFunctions fake;
    fake.answers = {{c.status, ""}};
    const auto context = SspiInitiator::Make(fake.table(), options_);
    const absl::Status status = (*context)->Step("").status();
    EXPECT_EQ(status.code(), c.code) << status;
    const absl::optional<v1::FailureDetail> detail = GetFailureDetail(status);
    ASSERT_TRUE(detail.has_value()) << c.name;
    EXPECT_EQ(detail->call(), "InitializeSecurityContextW");
    EXPECT_EQ(detail->os_error_name(), c.name);
    EXPECT_EQ(detail->subject(), "proctor/agent.test");
    EXPECT_THAT(detail->advice(), HasSubstr(c.advice));
  }
}

TEST_F(SspiInitiatorTest, EveryFailureGivesBackWhatWasTaken) {
  using Answers = std::vector<FakeSecurityFunctions::Answer>;
  struct Case {
    Answers answers;
    std::string failing;
  };
  const Answers good = fake_.answers;
  for (const Case& c : {
           Case{good, ""},
           Case{good, "QuerySecurityPackageInfoW"},
           Case{good, "AcquireCredentialsHandleW"},
           Case{{{SEC_E_TARGET_UNKNOWN, ""}}, ""},
           Case{{{SEC_I_CONTINUE_NEEDED, "one"}, {SEC_E_WRONG_PRINCIPAL, ""}}, ""},
           Case{{{SEC_I_CONTINUE_NEEDED, "one"}, {SEC_I_COMPLETE_NEEDED, ""}}, "CompleteAuthToken"},
           Case{{{SEC_I_INCOMPLETE_CREDENTIALS, "one"}}, ""},
           Case{good, "NEGOTIATION_INFO"},
       }) {
    FakeSecurityFunctions fake;
    fake.answers = c.answers;
    fake.flags = kReturned;
    if (!c.failing.empty()) fake.failures[c.failing] = SEC_E_INTERNAL_ERROR;
    {
      auto context = SspiInitiator::Make(fake.table(), options_);
      if (context.ok()) Walk(context->get()).IgnoreError();
    }
    EXPECT_TRUE(fake.nothing_is_out())
        << c.failing << ": " << fake.credentials << " credentials, " << fake.contexts
        << " contexts, " << fake.buffers << " buffers";
  }
}

TEST_F(SspiInitiatorTest, NamesThatTheSystemDoesNotTellAreEmpty) {
  fake_.failures["NATIVE_NAMES"] = SEC_E_UNSUPPORTED_FUNCTION;
  const auto context = Make();
  EXPECT_EQ(Walk(context.get()), absl::OkStatus());
  EXPECT_EQ(context->facts().client_principal, "");
}

TEST_F(SspiInitiatorTest, SignaturesAreMadeAndVerified) {
  const auto context = Make();
  EXPECT_FALSE(context->Sign("early").ok());
  EXPECT_EQ(Walk(context.get()), absl::OkStatus());
  const absl::StatusOr<std::string> signature = context->Sign("text");
  ASSERT_TRUE(signature.ok()) << signature.status();
  EXPECT_EQ(context->Verify("text", *signature), absl::OkStatus());
  const absl::Status altered = context->Verify("other", *signature);
  EXPECT_EQ(altered.code(), absl::StatusCode::kUnauthenticated);
  EXPECT_EQ(GetFailureDetail(altered)->os_error_name(), "SEC_E_MESSAGE_ALTERED");
}

TEST_F(SspiInitiatorTest, TimesAreTurnedIntoUtc) {
  SYSTEMTIME local = {};
  ::GetLocalTime(&local);
  FILETIME file = {};
  ::SystemTimeToFileTime(&local, &file);
  fake_.expiry.LowPart = file.dwLowDateTime;
  fake_.expiry.HighPart = static_cast<LONG>(file.dwHighDateTime);
  const auto context = Make();
  EXPECT_EQ(Walk(context.get()), absl::OkStatus());
  EXPECT_LT(absl::AbsDuration(context->facts().expires - absl::Now()), absl::Minutes(1));
}

TEST_F(SspiInitiatorTest, TheLastTimeThereIsMeansNever) {
  fake_.expiry.QuadPart = MAXLONGLONG;
  const auto context = Make();
  EXPECT_EQ(Walk(context.get()), absl::OkStatus());
  EXPECT_EQ(context->facts().expires, absl::InfiniteFuture());
}

}  // namespace
}  // namespace proctor
