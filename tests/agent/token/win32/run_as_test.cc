// Jobs of users whom the test's machine does not have: run_as, sessions, profiles.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <thread>

#include "agent/token/win32/win32_token_pipeline.h"
#include "common/failure_detail.h"
#include "tests/agent/fake_clock.h"
#include "tests/agent/token/win32/fake_users.h"
#include "tests/agent/token/win32/scripted_calls.h"

namespace proctor {
namespace {

using testing::Contains;
using testing::ElementsAre;
using testing::HasSubstr;
using testing::Not;

// Lets user 1 run as user 2, and anybody as an administrator: that must not help.
class TestPolicy final : public RunAsPolicy {
 public:
  absl::Status MayLaunch(const Principal& caller) const override {
    if (caller.key() != FakeUsers::Sid(3)) return absl::OkStatus();
    return absl::PermissionDeniedError("user 3 may not launch");
  }
  absl::Status MayRunAs(const Principal& caller, const Principal& user) const override {
    if (caller.key() == FakeUsers::Sid(1) && user.key() == FakeUsers::Sid(2) &&
        !user.IsMemberOf("S-1-5-21-never")) {
      return absl::OkStatus();
    }
    return absl::PermissionDeniedError("no rule");
  }
};

class RunAsTest : public testing::Test {
 protected:
  RunAsTest() {
    TokenFacts own = FakeUsers::UserFacts(99);
    own.privileges = {"SeAssignPrimaryTokenPrivilege", "SeIncreaseQuotaPrivilege"};
    pipeline_ =
        std::make_unique<Win32TokenPipeline>(&users_, &clock_, users_.MakeToken(own), &policy_);
  }

  CallerToken Caller(TokenFacts facts) {
    AnonymousCaller anonymous;
    facts.primary = false;
    anonymous.context = users_.MakeToken(std::move(facts));
    anonymous.call = "ImpersonateNamedPipeClient";
    return *pipeline_->Identify(anonymous);
  }

  absl::StatusOr<LaunchToken> Walk(const CallerToken& caller, const v1::LaunchSpec& spec) {
    StageTrace trace(&clock_, caller.history());
    absl::StatusOr<ImpersonationToken> user = pipeline_->Impersonate(caller, spec, &trace);
    if (!user.ok()) return user.status();
    absl::StatusOr<PrimaryToken> primary =
        pipeline_->MakePrimary(*user, spec.restrictions(), &trace);
    if (!primary.ok()) return primary.status();
    return pipeline_->PrepareEnvironment(*primary, spec, "the-job", &trace);
  }

  static v1::LaunchSpec Cmd(const std::string& run_as = "") {
    v1::LaunchSpec spec;
    spec.add_argv("cmd.exe");
    spec.set_run_as(run_as);
    return spec;
  }

  FakeClock clock_;
  FakeUsers users_;
  TestPolicy policy_;
  std::unique_ptr<Win32TokenPipeline> pipeline_;
};

TEST_F(RunAsTest, APermittedCallerRunsAsTheUserAndBothAreTold) {
  const CallerToken caller = Caller(FakeUsers::UserFacts(1));
  absl::StatusOr<LaunchToken> token = Walk(caller, Cmd("user2"));
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->user()->key(), FakeUsers::Sid(2));
  std::string told;
  for (const v1::StageReport& stage : token->stages()) {
    told += stage.call() + ": " + stage.result() + "\n";
  }
  EXPECT_THAT(told, HasSubstr(FakeUsers::Sid(1)));
  EXPECT_THAT(told, HasSubstr("LsaLogonUser (KERB_S4U_LOGON): " + FakeUsers::Sid(2)));
}

TEST_F(RunAsTest, TheCallsComeInTheArticlesOrder) {
  const CallerToken caller = Caller(FakeUsers::UserFacts(1));
  ASSERT_TRUE(Walk(caller, Cmd("user2")).ok());
  EXPECT_THAT(users_.Calls(), ElementsAre("Read", "Read", "FindAccount", "LogOnWithoutPassword",
                                          "Read", "DuplicatePrimary", "Read", "LoadProfile",
                                          "EnvironmentBlock", "Impersonate", "Revert"));
}

TEST_F(RunAsTest, WhoNamesItselfNeedsNoRule) {
  const absl::StatusOr<LaunchToken> token = Walk(Caller(FakeUsers::UserFacts(4)), Cmd("user4"));
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_THAT(users_.Calls(), Not(Contains("LogOnWithoutPassword")));
}

TEST_F(RunAsTest, WithoutARuleAndWithoutAnAccountTheAnswerIsTheSame) {
  const CallerToken caller = Caller(FakeUsers::UserFacts(2));
  const absl::Status refused = Walk(caller, Cmd("user1")).status();
  const absl::Status unknown = Walk(caller, Cmd("nobody")).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(unknown.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetFailureDetail(refused)->stage(), v1::AUTHORISE);
  EXPECT_EQ(GetFailureDetail(unknown)->stage(), v1::AUTHORISE);
  EXPECT_THAT(users_.Calls(), Not(Contains("LogOnWithoutPassword")));
}

TEST_F(RunAsTest, WhatTheTokenSaysOfItsGroupsIsDecidedOnToo) {
  const CallerToken caller = Caller(FakeUsers::UserFacts(1));
  users_.logged_on = std::make_unique<TokenFacts>(FakeUsers::UserFacts(2));
  users_.logged_on->group_sids.push_back("S-1-5-21-never");
  EXPECT_EQ(Walk(caller, Cmd("user2")).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(RunAsTest, AnAdministratorIsNobodyToRunAsEvenFilteredByUac) {
  const CallerToken caller = Caller(FakeUsers::UserFacts(1));
  users_.logged_on = std::make_unique<TokenFacts>(FakeUsers::UserFacts(2));
  users_.logged_on->deny_only_sids = {"S-1-5-32-544"};
  EXPECT_EQ(Walk(caller, Cmd("user2")).status().code(), absl::StatusCode::kPermissionDenied);
  users_.logged_on->deny_only_sids.clear();
  users_.logged_on->elevated = true;
  EXPECT_EQ(Walk(caller, Cmd("user2")).status().code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(users_.Calls(), Not(Contains("DuplicatePrimary")));
}

TEST_F(RunAsTest, WhoMayNotLaunchMayNotLaunchAsHimselfEither) {
  const absl::Status status = Walk(Caller(FakeUsers::UserFacts(3)), Cmd()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetFailureDetail(status)->stage(), v1::AUTHORISE);
}

TEST_F(RunAsTest, AS4uTokenOfSomebodyElseOrOfAnOldSessionIsRefused) {
  const CallerToken caller = Caller(FakeUsers::UserFacts(1));
  users_.logged_on = std::make_unique<TokenFacts>(FakeUsers::UserFacts(4));
  absl::Status status = Walk(caller, Cmd("user2")).status();
  EXPECT_EQ(GetFailureDetail(status)->stage(), v1::ACQUIRE_LOGON_TOKEN);
  *users_.logged_on = FakeUsers::UserFacts(2);
  users_.logged_on->logon_session = FakeUsers::UserFacts(1).logon_session;
  status = Walk(caller, Cmd("user2")).status();
  EXPECT_EQ(GetFailureDetail(status)->stage(), v1::ACQUIRE_LOGON_TOKEN);
}

TEST_F(RunAsTest, EachStageTellsItsCodeAndLeavesNothingOpen) {
  struct Case {
    const char* call;
    int code;
    v1::PipelineStage stage;
    const char* advice;
  };
  const CallerToken caller = Caller(FakeUsers::UserFacts(1));
  const int before = users_.OpenTokens();
  for (const Case& one :
       {Case{"LogOnWithoutPassword", ERROR_PRIVILEGE_NOT_HELD, v1::ACQUIRE_LOGON_TOKEN,
             "SeTcbPrivilege"},
        Case{"LogOnWithoutPassword", ERROR_LOGON_TYPE_NOT_GRANTED, v1::ACQUIRE_LOGON_TOKEN,
             "SeBatchLogonRight"},
        Case{"DuplicatePrimary", ERROR_BAD_IMPERSONATION_LEVEL, v1::MAKE_PRIMARY, "SeImpersonate"},
        Case{"LoadProfile", ERROR_PRIVILEGE_NOT_HELD, v1::PREPARE_ENVIRONMENT, "SeBackupPrivilege"},
        Case{"EnvironmentBlock", ERROR_NO_TOKEN, v1::PREPARE_ENVIRONMENT, "profile"},
        Case{"Impersonate", ERROR_CANNOT_IMPERSONATE, v1::IMPERSONATE, "SeImpersonatePrivilege"}}) {
    users_.fail = one.call;
    users_.code = one.code;
    const absl::Status status = Walk(caller, Cmd("user2")).status();
    ASSERT_FALSE(status.ok()) << one.call;
    const v1::FailureDetail detail = *GetFailureDetail(status);
    EXPECT_EQ(detail.stage(), one.stage) << one.call;
    EXPECT_EQ(detail.os_error_code(), one.code) << one.call;
    EXPECT_THAT(detail.advice(), HasSubstr(one.advice)) << one.call;
    EXPECT_EQ(users_.OpenTokens(), before) << one.call;
    EXPECT_EQ(FakeUsers::HeldProfiles(), 0) << one.call;
    EXPECT_EQ(FakeUsers::ThreadUser(), "") << one.call;
  }
}

TEST_F(RunAsTest, TheProfileIsHeldAsLongAsTheLaunchToken) {
  const CallerToken caller = Caller(FakeUsers::UserFacts(1));
  {
    const absl::StatusOr<LaunchToken> token = Walk(caller, Cmd());
    ASSERT_TRUE(token.ok()) << token.status();
    EXPECT_EQ(FakeUsers::HeldProfiles(), 1);
  }
  EXPECT_EQ(FakeUsers::HeldProfiles(), 0);
}

TEST_F(RunAsTest, TheSystemsProfilesAreNotLoaded) {
  TokenFacts service = FakeUsers::UserFacts(1);
  service.user_sid = "S-1-5-19";
  ASSERT_TRUE(Walk(Caller(service), Cmd()).ok());
  EXPECT_THAT(users_.Calls(), Not(Contains("LoadProfile")));
}

TEST_F(RunAsTest, AServicesAccountMayDoWithoutALoadedProfile) {
  TokenFacts service = FakeUsers::UserFacts(1);
  service.user_sid = "S-1-5-80-1-2-3-4-5";
  users_.fail = "LoadProfile";
  const absl::StatusOr<LaunchToken> token = Walk(Caller(service), Cmd());
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(token->environment().profile_user, "");
}

TEST_F(RunAsTest, APrivateDesktopIsInTheAgentsSession) {
  TokenFacts remote = FakeUsers::UserFacts(1);
  remote.session = 7;
  const absl::StatusOr<LaunchToken> token = Walk(Caller(remote), Cmd());
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(static_cast<const Win32Token&>(token->context()).session(), 0u);
}

TEST_F(RunAsTest, ASessionThatWasNotSetIsFoundOut) {
  TokenFacts remote = FakeUsers::UserFacts(1);
  remote.session = 7;
  const CallerToken caller = Caller(remote);
  users_.session_is_ignored = true;
  const absl::Status status = Walk(caller, Cmd()).status();
  EXPECT_EQ(GetFailureDetail(status)->stage(), v1::VERIFY);
  EXPECT_THAT(std::string(status.message()), HasSubstr("session"));
  users_.fail = "MoveToSession";
  users_.code = ERROR_PRIVILEGE_NOT_HELD;
  EXPECT_THAT(GetFailureDetail(Walk(caller, Cmd()).status())->advice(),
              HasSubstr("SeTcbPrivilege"));
}

TEST_F(RunAsTest, TheInteractiveDesktopIsForWhoIsLoggedOnThere) {
  TokenFacts remote = FakeUsers::UserFacts(1);
  remote.session = 7;
  const CallerToken caller = Caller(remote);
  v1::LaunchSpec spec = Cmd();
  spec.set_desktop(v1::INTERACTIVE_DESKTOP);
  spec.mutable_standard_output()->mutable_discard();
  spec.mutable_standard_error()->mutable_discard();
  users_.session_user = {FakeUsers::Sid(1), remote.logon_sid};
  const absl::StatusOr<LaunchToken> token = Walk(caller, spec);
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_EQ(static_cast<const Win32Token&>(token->context()).session(), 7u);
  users_.session_user = {FakeUsers::Sid(2), "S-1-5-5-0-2"};
  const absl::Status status = Walk(caller, spec).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(GetFailureDetail(status)->stage(), v1::PREPARE_ENVIRONMENT);
}

// CreateProcessAsUserW would fail, whatever the handles.
TEST_F(RunAsTest, NoHandleIsPromisedToAnotherTerminalSession) {
  TokenFacts remote = FakeUsers::UserFacts(1);
  remote.session = 7;
  users_.session_user = {FakeUsers::Sid(1), remote.logon_sid};
  v1::LaunchSpec spec = Cmd();
  spec.set_desktop(v1::INTERACTIVE_DESKTOP);
  spec.mutable_standard_output()->mutable_discard();
  const absl::Status status = Walk(Caller(remote), spec).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(GetFailureDetail(status)->advice(), HasSubstr("discard both outputs"));
  spec.mutable_standard_error()->mutable_discard();
  spec.mutable_standard_input()->set_data("x");
  EXPECT_EQ(Walk(Caller(remote), spec).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(RunAsTest, AnAgentWithoutTheRightToStartOthersProcessesSaysSo) {
  const Win32TokenPipeline poor(&users_, &clock_, users_.MakeToken(FakeUsers::UserFacts(99)));
  const absl::Status status = poor.CanLaunchAs(Caller(FakeUsers::UserFacts(1)));
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr("SeAssignPrimaryTokenPrivilege"));
}

TEST_F(RunAsTest, TwoUsersAtOnceAreNeverMixedUp) {
  constexpr int kRounds = 50;
  std::vector<std::thread> threads;
  for (const uint32_t user : {1u, 2u, 4u, 5u}) {
    threads.emplace_back([this, user] {
      const CallerToken caller = Caller(FakeUsers::UserFacts(user));
      for (int i = 0; i < kRounds; ++i) {
        const absl::StatusOr<LaunchToken> token = Walk(caller, Cmd());
        ASSERT_TRUE(token.ok()) << token.status();
        const auto& made = static_cast<const Win32Token&>(token->context());
        EXPECT_EQ(made.user_sid(), FakeUsers::Sid(user));
        EXPECT_EQ(made.logon_session(), FakeUsers::UserFacts(user).logon_session);
        EXPECT_EQ(token->user()->key(), FakeUsers::Sid(user));
        EXPECT_THAT(token->environment().variables, Contains("USER_SID=" + FakeUsers::Sid(user)));
        EXPECT_EQ(FakeUsers::ThreadUser(), "");
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(FakeUsers::HeldProfiles(), 0);
}

// Wine's LsaLogonUser says it succeeded and leaves the token as it was; Windows knows no such user
// or demands a privilege.
TEST(S4uLiarTest, NoSystemLogsOnANobody) {
  const Account nobody{"S-1-5-21-1-1-1-1", ".", "no-such-user-of-proctor", true, true};
  const absl::Status status = TokenCalls::System()->LogOnWithoutPassword(nobody).status();
  EXPECT_FALSE(status.ok());
}

TEST(FindAccountTest, TheOwnUserIsFoundByNameAndBySid) {
  const std::shared_ptr<const Win32Token> own = OwnImpersonationToken();
  const absl::StatusOr<Account> by_sid = TokenCalls::System()->FindAccount(own->user_sid());
  ASSERT_TRUE(by_sid.ok()) << by_sid.status();
  EXPECT_TRUE(by_sid->is_user);
  const absl::StatusOr<Account> by_name =
      TokenCalls::System()->FindAccount(by_sid->domain + "\\" + by_sid->name);
  ASSERT_TRUE(by_name.ok()) << by_name.status();
  EXPECT_EQ(by_name->sid, own->user_sid());
}

TEST_F(RunAsTest, IntegrityIsNeverRaised) {
  TokenFacts facts = FakeUsers::UserFacts(1);
  facts.integrity = SECURITY_MANDATORY_LOW_RID;
  v1::LaunchSpec spec = Cmd();
  spec.mutable_restrictions()->set_integrity(v1::MEDIUM_INTEGRITY);
  const absl::Status status = Walk(Caller(facts), spec).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_EQ(GetFailureDetail(status)->stage(), v1::RESTRICT);
  EXPECT_THAT(users_.Calls(), Not(Contains("Restrict")));
  spec.mutable_restrictions()->set_integrity(v1::LOW_INTEGRITY);
  EXPECT_TRUE(Walk(Caller(facts), spec).ok()) << "as it is";
}

TEST_F(RunAsTest, ADenyOnlyGroupThatTheUserIsNotInIsNoLie) {
  v1::LaunchSpec spec = Cmd();
  spec.mutable_restrictions()->add_deny_only_groups("S-1-5-21-none");
  users_.deny_only_is_ignored = true;
  EXPECT_TRUE(Walk(Caller(FakeUsers::UserFacts(1)), spec).ok());
  TokenFacts member = FakeUsers::UserFacts(1);
  member.group_sids.push_back("S-1-5-21-none");
  const absl::Status status = Walk(Caller(member), spec).status();
  EXPECT_EQ(GetFailureDetail(status)->stage(), v1::VERIFY) << status;
}

}  // namespace
}  // namespace proctor
