#include "agent/token/posix/posix_token_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <linux/capability.h>
#include <pwd.h>

#include <string>
#include <utility>

#include "agent/token/posix/pam_logon.h"
#include "agent/token/posix/posix_credentials.h"
#include "common/failure_detail.h"
#include "tests/agent/fake_clock.h"

namespace proctor {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;

constexpr uint64_t kPrivileged = (uint64_t{1} << CAP_SETUID) | (uint64_t{1} << CAP_SETGID);
constexpr uint32_t kUid = 54321;  // Nobody's on this machine.

// Lets everybody run as one user.
class PermitOnly final : public RunAsPolicy {
 public:
  explicit PermitOnly(std::string user) : user_(std::move(user)) {}
  absl::Status MayLaunch(const Principal&) const override { return may_launch; }
  absl::Status MayRunAs(const Principal&, const Principal& user) const override {
    return user.proto().name() == user_ ? absl::OkStatus() : absl::PermissionDeniedError("no");
  }

  absl::Status may_launch;

 private:
  const std::string user_;
};

class FakeAccountCheck final : public AccountCheck {
 public:
  absl::Status Check(const std::string& account, const std::string& remote_host) override {
    asked.push_back(account + remote_host);
    return verdict;
  }
  std::string name() const override { return "a test's check"; }

  absl::Status verdict;
  std::vector<std::string> asked;
};

class PosixTokenPipelineTest : public ::testing::Test {
 protected:
  PosixTokenPipeline Pipeline(uint64_t capabilities, uid_t own_uid = 0,
                              const RunAsPolicy* policy = nullptr,
                              AccountCheck* account_check = nullptr) {
    PosixTokenPipeline::Options options;
    options.policy = policy;
    options.account_check = account_check;
    options.path = "/bin";
    options.root_path = "/sbin";
    options.own_uid = own_uid;
    return PosixTokenPipeline(options, CapabilitySet(capabilities), &clock_, &accounts_);
  }

  static AnonymousCaller Connection(uint32_t uid) {
    AnonymousCaller caller;
    caller.credentials.mutable_posix()->set_uid(uid);
    caller.credentials.mutable_posix()->set_gid(77);
    for (const uint32_t group : {9u, 5u}) caller.credentials.mutable_posix()->add_groups(group);
    caller.authentication.set_mechanism("SO_PEERCRED on a Unix socket");
    caller.call = "getsockopt";
    return caller;
  }

  absl::StatusOr<ImpersonationToken> RunAs(PosixTokenPipeline& pipeline, const CallerToken& caller,
                                           const std::string& user) {
    StageTrace trace(&clock_);
    v1::LaunchSpec spec;
    spec.add_argv("true");
    spec.set_run_as(user);
    return pipeline.Impersonate(caller, spec, &trace);
  }

  FakeClock clock_;
  AccountDatabase accounts_{&clock_};
};

TEST_F(PosixTokenPipelineTest, OnlyACallerWhoLoggedOnGetsAPamSession) {
  PosixTokenPipeline pipeline = Pipeline(kPrivileged);
  v1::LaunchSpec spec;
  spec.add_argv("true");
  AnonymousCaller connection = Connection(kUid);
  const auto session_of = [&] {
    const CallerToken caller = *pipeline.Identify(connection);
    StageTrace trace(&clock_, caller.history());
    const auto token = pipeline.Impersonate(caller, spec, &trace);
    return static_cast<const PosixCredentials&>(*token->context()).pam;
  };
  EXPECT_EQ(session_of(), nullptr);
  connection.context = std::make_shared<const PamLogon>("proctor", "alice");
  EXPECT_EQ(session_of(), connection.context);
}

TEST_F(PosixTokenPipelineTest, WalksEveryStageInOrder) {
  PosixTokenPipeline pipeline = Pipeline(kPrivileged);
  const CallerToken caller = *pipeline.Identify(Connection(kUid));
  StageTrace trace(&clock_, caller.history());
  v1::LaunchSpec spec;
  spec.add_argv("true");
  const auto user = pipeline.Impersonate(caller, spec, &trace);
  ASSERT_TRUE(user.ok());
  const auto primary = pipeline.MakePrimary(*user, {}, &trace);
  ASSERT_TRUE(primary.ok());
  const auto token = pipeline.PrepareEnvironment(*primary, spec, "job", &trace);
  ASSERT_TRUE(token.ok());
  std::vector<v1::PipelineStage> stages;
  for (const auto& stage : token->stages()) stages.push_back(stage.stage());
  EXPECT_THAT(stages,
              ElementsAre(v1::AUTHENTICATE, v1::IDENTIFY, v1::AUTHORISE, v1::ACQUIRE_LOGON_TOKEN,
                          v1::MAKE_PRIMARY, v1::RESTRICT, v1::PREPARE_ENVIRONMENT));
  const auto& credentials = static_cast<const PosixCredentials&>(token->context());
  EXPECT_EQ(credentials.uid, kUid);
  EXPECT_EQ(credentials.gid, 77u);
  EXPECT_THAT(credentials.groups, ElementsAre(5, 9)) << "exactly the connection's, no gid of ours";
  EXPECT_TRUE(credentials.change_identity);
  EXPECT_THAT(token->environment().executable_candidates, ElementsAre("/bin/true"));
  EXPECT_TRUE(token->environment().candidates_from_path);
}

TEST_F(PosixTokenPipelineTest, WithoutAPolicyNobodyRunsAsAnother) {
  PosixTokenPipeline pipeline = Pipeline(kPrivileged);
  const CallerToken caller = *pipeline.Identify(Connection(kUid));
  for (const char* user : {"daemon", "root", "no-such-user"}) {
    const absl::Status refused = RunAs(pipeline, caller, user).status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied) << user;
    EXPECT_EQ(GetFailureDetail(refused)->stage(), v1::AUTHORISE);
    EXPECT_THAT(std::string(refused.message()), HasSubstr(user));
    const std::string advice = GetFailureDetail(refused)->advice();
    EXPECT_THAT(advice, HasSubstr("policy { run_as { callers"));
    EXPECT_THAT(advice, HasSubstr("administrator"));
    EXPECT_THAT(advice, Not(HasSubstr("leave run_as")));
  }
}

TEST_F(PosixTokenPipelineTest, RunAsOneselfKeepsTheConnectionsGroups) {
  PosixTokenPipeline pipeline = Pipeline(kPrivileged);
  const CallerToken caller = *pipeline.Identify(Connection(0));
  const auto token = RunAs(pipeline, caller, "root");
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_THAT(static_cast<const PosixCredentials&>(*token->context()).groups, ElementsAre(5, 9));
}

TEST_F(PosixTokenPipelineTest, APermittedUsersCredentialsComeFromTheNameService) {
  PermitOnly policy("daemon");
  PosixTokenPipeline pipeline = Pipeline(kPrivileged, 0, &policy);
  const CallerToken caller = *pipeline.Identify(Connection(kUid));
  StageTrace trace(&clock_);
  v1::LaunchSpec spec;
  spec.add_argv("true");
  spec.set_run_as("daemon");
  const auto user = pipeline.Impersonate(caller, spec, &trace);
  ASSERT_TRUE(user.ok()) << user.status();
  const passwd* entry = ::getpwnam("daemon");
  const auto& credentials = static_cast<const PosixCredentials&>(*user->context());
  EXPECT_EQ(credentials.uid, entry->pw_uid);
  EXPECT_EQ(credentials.gid, entry->pw_gid);
  EXPECT_THAT(credentials.groups, Contains(entry->pw_gid));
  EXPECT_THAT(credentials.groups, Not(Contains(77))) << "nothing of the caller's";
  EXPECT_EQ(user->user()->proto().name(), "daemon");
  EXPECT_EQ(trace.reports().back().stage(), v1::ACQUIRE_LOGON_TOKEN);
  EXPECT_EQ(trace.reports().back().call(), "getpwnam_r, getgrouplist");
  const auto token =
      pipeline.PrepareEnvironment(*pipeline.MakePrimary(*user, {}, &trace), spec, "job", &trace);
  ASSERT_TRUE(token.ok());
  EXPECT_THAT(token->environment().variables, Contains("USER=daemon"));
  EXPECT_EQ(RunAs(pipeline, caller, "bin").status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(PosixTokenPipelineTest, WhomOthersRunAsIsAskedAboutAfterThePolicy) {
  PermitOnly policy("daemon");
  FakeAccountCheck check;
  PosixTokenPipeline pipeline = Pipeline(kPrivileged, 0, &policy, &check);
  const CallerToken caller = *pipeline.Identify(Connection(kUid));
  EXPECT_TRUE(RunAs(pipeline, caller, "").ok());
  EXPECT_THAT(check.asked, ElementsAre()) << "nobody asks about the caller";
  EXPECT_FALSE(RunAs(pipeline, caller, "bin").ok());
  EXPECT_THAT(check.asked, ElementsAre()) << "nor about whom the policy does not allow";
  EXPECT_TRUE(RunAs(pipeline, caller, "daemon").ok());
  EXPECT_THAT(check.asked, ElementsAre("daemon"));

  v1::FailureDetail expired;
  expired.set_advice("ask for it to be renewed");
  check.verdict = WithFailureDetail(absl::PermissionDeniedError("it has expired"), expired);
  const absl::Status refused = RunAs(pipeline, caller, "daemon").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(refused.message(), "it has expired");
  ASSERT_TRUE(GetFailureDetail(refused).has_value());
  EXPECT_EQ(GetFailureDetail(refused)->stage(), v1::ACQUIRE_LOGON_TOKEN);
  EXPECT_EQ(GetFailureDetail(refused)->call(), "pam_acct_mgmt");
  EXPECT_EQ(GetFailureDetail(refused)->advice(), "ask for it to be renewed");
}

TEST_F(PosixTokenPipelineTest, WhomThePolicyLaunchesNothingForIsRefusedAtAuthorise) {
  PermitOnly policy("daemon");
  policy.may_launch = absl::PermissionDeniedError("not you");
  PosixTokenPipeline pipeline = Pipeline(kPrivileged, 0, &policy);
  const absl::Status refused = RunAs(pipeline, *pipeline.Identify(Connection(kUid)), "").status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(GetFailureDetail(refused)->stage(), v1::AUTHORISE);
  EXPECT_THAT(GetFailureDetail(refused)->advice(), HasSubstr("may_launch"));
}

TEST_F(PosixTokenPipelineTest, AnAgentWithoutPrivilegesRunsNobodyAsAnother) {
  PermitOnly policy("daemon");
  const uid_t daemon = ::getpwnam("daemon")->pw_uid;
  for (const uid_t own_uid : {kUid, daemon}) {
    PosixTokenPipeline pipeline = Pipeline(0, own_uid, &policy);
    const absl::Status refused =
        RunAs(pipeline, *pipeline.Identify(Connection(kUid)), "daemon").status();
    EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
    EXPECT_THAT(std::string(refused.message()), HasSubstr("CAP_SETUID"));
  }
}

TEST_F(PosixTokenPipelineTest, WhatOnlyWindowsCanRestrictIsRefused) {
  v1::Restrictions asked[3];
  asked[0].set_drop_privileges(true);
  asked[1].add_deny_only_groups("S-1-5-32-544");
  asked[2].set_integrity(v1::LOW_INTEGRITY);
  PosixTokenPipeline pipeline = Pipeline(kPrivileged);
  v1::LaunchSpec spec;
  spec.add_argv("true");
  for (const v1::Restrictions& restrictions : asked) {
    StageTrace trace(&clock_);
    const auto user = pipeline.Impersonate(*pipeline.Identify(Connection(kUid)), spec, &trace);
    ASSERT_TRUE(user.ok());
    const absl::Status refused = pipeline.MakePrimary(*user, restrictions, &trace).status();
    ASSERT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition) << restrictions.DebugString();
    EXPECT_EQ(GetFailureDetail(refused)->stage(), v1::RESTRICT);
  }
}

TEST_F(PosixTokenPipelineTest, TheInteractiveDesktopIsRefused) {
  PosixTokenPipeline pipeline = Pipeline(kPrivileged);
  StageTrace trace(&clock_);
  v1::LaunchSpec spec;
  spec.add_argv("true");
  spec.set_desktop(v1::INTERACTIVE_DESKTOP);
  const absl::Status refused =
      pipeline.Impersonate(*pipeline.Identify(Connection(kUid)), spec, &trace).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(PosixTokenPipelineTest, WithoutPrivilegesOnlyTheAgentsOwnUserIsServed) {
  PosixTokenPipeline pipeline = Pipeline(0, kUid);
  v1::LaunchSpec spec;
  spec.add_argv("true");
  StageTrace own_trace(&clock_);
  const CallerToken own = *pipeline.Identify(Connection(kUid));
  const auto token = pipeline.Impersonate(own, spec, &own_trace);
  ASSERT_TRUE(token.ok());
  EXPECT_FALSE(static_cast<const PosixCredentials&>(*token->context()).change_identity);
  const CallerToken other = *pipeline.Identify(Connection(kUid + 1));
  StageTrace other_trace(&clock_);
  const absl::Status refused = pipeline.Impersonate(other, spec, &other_trace).status();
  EXPECT_EQ(refused.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(refused.message()), HasSubstr("CAP_SETUID"));
  EXPECT_THAT(GetFailureDetail(refused)->advice(), HasSubstr("root"));
}

TEST_F(PosixTokenPipelineTest, HalfOfThePrivilegesIsNotEnough) {
  PosixTokenPipeline pipeline = Pipeline(uint64_t{1} << CAP_SETUID);
  const CallerToken other = *pipeline.Identify(Connection(kUid));
  EXPECT_FALSE(pipeline.CanLaunchAs(other).ok());
}

TEST_F(PosixTokenPipelineTest, MissingCapabilitiesAreExplained) {
  bool setgid_missing = false;
  for (const auto& capability : Pipeline(uint64_t{1} << CAP_SETUID).Capabilities()) {
    if (capability.name() == "cap_setuid") {
      EXPECT_TRUE(capability.held());
    }
    if (capability.name() == "cap_setgid") {
      setgid_missing = !capability.held();
      EXPECT_THAT(capability.purpose(), HasSubstr("grant cap_setgid"));
    }
  }
  EXPECT_TRUE(setgid_missing);
}

TEST_F(PosixTokenPipelineTest, RootIsNotToldToBecomeRoot) {
  PosixTokenPipeline root = Pipeline(0, 0);
  PosixTokenPipeline other = Pipeline(0, kUid);
  for (const auto& capability : root.Capabilities()) {
    EXPECT_THAT(capability.purpose(), HasSubstr("grant " + capability.name()));
    EXPECT_THAT(capability.purpose(), Not(HasSubstr("run it as root")));
  }
  for (const auto& capability : other.Capabilities()) {
    EXPECT_THAT(capability.purpose(), HasSubstr("run it as root or grant " + capability.name()));
  }
  const auto advice = [this](PosixTokenPipeline& pipeline) {
    StageTrace trace(&clock_);
    v1::LaunchSpec spec;
    spec.add_argv("true");
    const CallerToken caller = *pipeline.Identify(Connection(kUid + 1));
    return GetFailureDetail(pipeline.Impersonate(caller, spec, &trace).status())->advice();
  };
  EXPECT_THAT(advice(root), HasSubstr("grant CAP_SETUID and CAP_SETGID"));
  EXPECT_THAT(advice(root), Not(HasSubstr("as root or")));
  EXPECT_THAT(advice(other), HasSubstr("as root or grant CAP_SETUID and CAP_SETGID"));
}

TEST_F(PosixTokenPipelineTest, AnAccountTheNameServiceDoesNotKnowIsServedByNumber) {
  const CallerToken caller = *Pipeline(kPrivileged).Identify(Connection(kUid));
  EXPECT_EQ(caller.principal()->key(), "54321");
  EXPECT_EQ(caller.principal()->proto().name(), "");
  EXPECT_EQ(accounts_.Lookup(kUid)->home, "/");
}

}  // namespace
}  // namespace proctor
