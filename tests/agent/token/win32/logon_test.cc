#include "agent/token/win32/logon.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure_detail.h"
#include "common/os_error.h"
#include "tests/agent/fake_clock.h"
#include "tests/agent/token/win32/fake_users.h"
#include "tests/agent/token/win32/scripted_calls.h"
#include "tests/capabilities/win32/native_windows.h"

namespace proctor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

v1::LogonCredentials Credentials(const std::string& user, const std::string& domain = "") {
  v1::LogonCredentials credentials;
  credentials.set_user(user);
  credentials.set_domain(domain);
  credentials.set_password("correct horse");
  return credentials;
}

PasswordLogon Logon(const std::string& user, v1::LogonType type = v1::BATCH_LOGON) {
  v1::LogonCredentials credentials = Credentials(user, "DOMAIN");
  credentials.set_type(type);
  return *TakePasswordLogon(&credentials);
}

TEST(PasswordLogonTest, ThePasswordIsTakenOutOfTheMessage) {
  v1::LogonCredentials credentials = Credentials("alice");
  const absl::StatusOr<PasswordLogon> logon = TakePasswordLogon(&credentials);
  ASSERT_TRUE(logon.ok());
  EXPECT_EQ(logon->password.view(), "correct horse");
  EXPECT_EQ(credentials.password(), "");
}

TEST(PasswordLogonTest, WithoutADomainItIsTheMachinesOwn) {
  struct Case {
    const char* user;
    const char* domain;
    const char* expected_user;
    const char* expected_domain;
  };
  for (const Case& one : {Case{"alice", "", "alice", "."}, Case{"alice", "CORP", "alice", "CORP"},
                          Case{"CORP\\alice", "", "alice", "CORP"},
                          Case{"alice@example.com", "", "alice@example.com", ""}}) {
    v1::LogonCredentials credentials = Credentials(one.user, one.domain);
    const absl::StatusOr<PasswordLogon> logon = TakePasswordLogon(&credentials);
    ASSERT_TRUE(logon.ok());
    EXPECT_EQ(logon->user, one.expected_user);
    EXPECT_EQ(logon->domain, one.expected_domain);
  }
}

TEST(PasswordLogonTest, WhatCannotBeAnAccountIsRefusedAndItsPasswordGoneAllTheSame) {
  for (const std::string& user : {std::string(), std::string("a\0b", 3), std::string(300, 'a')}) {
    v1::LogonCredentials credentials = Credentials(user);
    EXPECT_TRUE(absl::IsInvalidArgument(TakePasswordLogon(&credentials).status()));
    EXPECT_EQ(credentials.password(), "");
  }
}

TEST(NetworkCredentialsTest, OnlyANetworkLogonHasNone) {
  EXPECT_EQ(NetworkCredentialsOf(LOGON32_LOGON_NETWORK).kind(),
            v1::NetworkCredentials::NO_CREDENTIALS);
  for (const DWORD type : {LOGON32_LOGON_BATCH, LOGON32_LOGON_INTERACTIVE, LOGON32_LOGON_SERVICE,
                           LOGON32_LOGON_NETWORK_CLEARTEXT}) {
    EXPECT_EQ(NetworkCredentialsOf(type).kind(), v1::NetworkCredentials::LOGON);
  }
}

class WindowsLogonTest : public testing::Test {
 protected:
  FakeClock clock_;
  FakeUsers users_;
  WindowsLogon logon_{&users_, &clock_, users_.MakeToken(FakeUsers::UserFacts(99))};
};

TEST_F(WindowsLogonTest, TheCallerIsTheUserOfTheNewToken) {
  const absl::StatusOr<AnonymousCaller> caller = logon_.LogOn(Logon("user1"));
  ASSERT_TRUE(caller.ok()) << caller.status();
  const auto& token = static_cast<const Win32Token&>(*caller->context);
  EXPECT_EQ(token.user_sid(), FakeUsers::Sid(1));
  EXPECT_EQ(caller->call, "LogonUserW");
  EXPECT_EQ(caller->authentication.level(), v1::PRIMARY);
  EXPECT_EQ(caller->authentication.network_credentials().kind(), v1::NetworkCredentials::LOGON);
  EXPECT_THAT(users_.Calls(), ElementsAre("Read", "LogOn", "Read", "FindAccount"));
}

TEST_F(WindowsLogonTest, ANetworkLogonMayGiveAnImpersonationToken) {
  const absl::StatusOr<AnonymousCaller> caller = logon_.LogOn(Logon("user1", v1::NETWORK_LOGON));
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_EQ(caller->authentication.level(), v1::IMPERSONATION);
}

TEST_F(WindowsLogonTest, WithoutTheRightToABatchLogonItIsANetworkLogon) {
  users_.type_not_granted = LOGON32_LOGON_BATCH;
  const absl::StatusOr<AnonymousCaller> caller = logon_.LogOn(Logon("user1"));
  ASSERT_TRUE(caller.ok()) << caller.status();
  EXPECT_THAT(caller->authentication.mechanism(), HasSubstr("network cleartext"));
  EXPECT_EQ(caller->authentication.network_credentials().kind(), v1::NetworkCredentials::LOGON);
  // Only for the usual type.
  users_.type_not_granted = LOGON32_LOGON_SERVICE;
  EXPECT_FALSE(logon_.LogOn(Logon("user1", v1::SERVICE_LOGON)).ok());
}

TEST_F(WindowsLogonTest, AFailedLogonSaysItsCodeAndWhatToDo) {
  struct Case {
    int code;
    const char* advice;
  };
  users_.fail = "LogOn";
  for (const Case& one :
       {Case{ERROR_LOGON_FAILURE, "password is wrong"},
        Case{ERROR_LOGON_TYPE_NOT_GRANTED, "SeBatchLogonRight"},
        Case{ERROR_ACCOUNT_DISABLED, "disabled"}, Case{ERROR_ACCOUNT_LOCKED_OUT, "locked out"},
        Case{ERROR_PASSWORD_MUST_CHANGE, "new password"},
        Case{ERROR_NO_LOGON_SERVERS, "domain controller"}}) {
    users_.code = one.code;
    const absl::Status status = logon_.LogOn(Logon("user1")).status();
    ASSERT_FALSE(status.ok());
    const v1::FailureDetail detail = *GetFailureDetail(status);
    EXPECT_EQ(detail.stage(), v1::AUTHENTICATE);
    EXPECT_EQ(detail.call(), "LogonUserW");
    EXPECT_EQ(detail.os_error_code(), one.code);
    EXPECT_THAT(detail.os_error_name(), HasSubstr("ERROR_"));
    EXPECT_THAT(detail.advice(), HasSubstr(one.advice));
    EXPECT_THAT(status.ToString(), testing::Not(HasSubstr("correct horse")));
  }
}

TEST_F(WindowsLogonTest, ATokenOfSomebodyElseIsRefused) {
  users_.logged_on = std::make_unique<TokenFacts>(FakeUsers::UserFacts(2));
  const absl::Status status = logon_.LogOn(Logon("user1")).status();
  EXPECT_EQ(GetFailureDetail(status)->stage(), v1::AUTHENTICATE);
  EXPECT_THAT(std::string(status.message()), HasSubstr(FakeUsers::Sid(2)));
}

TEST_F(WindowsLogonTest, ALogonSessionThatIsNotNewIsRefused) {
  for (const char* session : {"0x0:0x9900", "0x0:0x3e7", "0x0:0x3e4", "0x0:0x3e5"}) {
    users_.logged_on = std::make_unique<TokenFacts>(FakeUsers::UserFacts(1));
    users_.logged_on->logon_session = session;
    const absl::Status status = logon_.LogOn(Logon("user1")).status();
    ASSERT_FALSE(status.ok()) << session;
    EXPECT_THAT(std::string(status.message()), HasSubstr("logon session"));
  }
}

TEST_F(WindowsLogonTest, AnImpersonationTokenWhereAPrimaryIsDueIsRefused) {
  users_.logged_on = std::make_unique<TokenFacts>(FakeUsers::UserFacts(1));
  users_.logged_on->primary = false;
  EXPECT_THAT(std::string(logon_.LogOn(Logon("user1")).status().message()),
              HasSubstr("impersonation, not primary"));
}

TEST_F(WindowsLogonTest, NoTokenOutlivesARefusal) {
  const int before = users_.OpenTokens();
  users_.logged_on = std::make_unique<TokenFacts>(FakeUsers::UserFacts(2));
  EXPECT_FALSE(logon_.LogOn(Logon("user1")).ok());
  EXPECT_EQ(users_.OpenTokens(), before);
}

// Wine's LogonUserW returns TRUE and the handle 0xdeadbeef, whatever the password; Windows refuses
// the password.
TEST(WindowsLogonLiarTest, NoSystemLogsOnANobody) {
  FakeClock clock;
  const WindowsLogon logon(TokenCalls::System(), &clock, OwnImpersonationToken());
  v1::LogonCredentials credentials = Credentials("no-such-user-of-proctor");
  const absl::Status status = logon.LogOn(*TakePasswordLogon(&credentials)).status();
  ASSERT_FALSE(status.ok());
  EXPECT_EQ(GetFailureDetail(status)->stage(), v1::AUTHENTICATE);
  EXPECT_NE(GetFailureDetail(status)->os_error_code(), 0);
}

TEST(NativeLogonTest, ANobodyIsTheSystemsLogonFailure) {
  PROCTOR_REQUIRES_WINDOWS("LogonUserW");
  v1::LogonCredentials credentials = Credentials("no-such-user-of-proctor");
  const absl::Status status =
      TokenCalls::System()->LogOn(*TakePasswordLogon(&credentials)).status();
  ASSERT_TRUE(GetOsError(status).has_value()) << status;
  EXPECT_EQ(GetOsError(status)->code, ERROR_LOGON_FAILURE);
}

}  // namespace
}  // namespace proctor
