#include "agent/token/win32/win32_token_pipeline.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "agent/token/win32/impersonation_scope.h"
#include "common/failure_detail.h"
#include "tests/agent/fake_clock.h"
#include "tests/agent/token/win32/scripted_calls.h"

namespace proctor {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class Win32TokenPipelineTest : public testing::Test {
 protected:
  CallerToken Caller(std::shared_ptr<const Win32Token> token = OwnImpersonationToken()) {
    AnonymousCaller anonymous;
    anonymous.context = std::move(token);
    anonymous.authentication.set_mechanism("named pipe");
    anonymous.call = "ImpersonateNamedPipeClient";
    return *pipeline_.Identify(anonymous);
  }

  // Walks all stages; the last status.
  absl::StatusOr<LaunchToken> Walk(const v1::LaunchSpec& spec) { return Walk(Caller(), spec); }
  absl::StatusOr<LaunchToken> Walk(const CallerToken& caller, const v1::LaunchSpec& spec) {
    StageTrace trace(&clock_, caller.history());
    absl::StatusOr<ImpersonationToken> user = pipeline_.Impersonate(caller, spec, &trace);
    if (!user.ok()) return user.status();
    absl::StatusOr<PrimaryToken> primary =
        pipeline_.MakePrimary(*user, spec.restrictions(), &trace);
    if (!primary.ok()) return primary.status();
    return pipeline_.PrepareEnvironment(*primary, spec, "the-job", &trace);
  }

  static v1::LaunchSpec Cmd() {
    v1::LaunchSpec spec;
    spec.add_argv("cmd.exe");
    spec.add_argv("/c");
    spec.add_argv("echo a b");
    return spec;
  }

  FakeClock clock_;
  ScriptedCalls calls_;
  Win32TokenPipeline pipeline_{&calls_, &clock_, OwnImpersonationToken()};
};

TEST_F(Win32TokenPipelineTest, ThePrincipalIsReadFromTheToken) {
  const CallerToken caller = Caller();
  EXPECT_THAT(caller.principal()->key(), HasSubstr("S-1-"));
  EXPECT_THAT(caller.principal()->proto().windows().logon_session(), HasSubstr("0x"));
  ASSERT_EQ(caller.history().size(), 2u);
  EXPECT_EQ(caller.history()[0].call(), "ImpersonateNamedPipeClient");
  EXPECT_EQ(caller.history()[1].call(), "GetTokenInformation");
}

TEST_F(Win32TokenPipelineTest, TheCallsComeInTheArticlesOrder) {
  absl::StatusOr<LaunchToken> token = Walk(Cmd());
  ASSERT_TRUE(token.ok()) << token.status();
  EXPECT_THAT(calls_.calls,
              ElementsAre("DuplicatePrimary", "EnvironmentBlock", "Impersonate", "Revert"));
  std::vector<std::string> stages;
  for (const v1::StageReport& stage : token->stages()) stages.push_back(stage.call());
  EXPECT_THAT(stages, testing::Contains("DuplicateTokenEx"));
  EXPECT_THAT(token->environment().executable_candidates[0], testing::EndsWith("cmd.exe"));
  EXPECT_EQ(token->environment().command_line, R"("cmd.exe" /c "echo a b")");
  EXPECT_THAT(token->environment().variables, testing::Contains("PROCTOR_JOB_ID=the-job"));
}

TEST_F(Win32TokenPipelineTest, AFailedCallIsToldWithItsStageAndCode) {
  struct Case {
    const char* call;
    int code;
    v1::PipelineStage stage;
  };
  const Case cases[] = {{"DuplicatePrimary", 1346, v1::MAKE_PRIMARY},
                        {"EnvironmentBlock", 1314, v1::PREPARE_ENVIRONMENT},
                        {"Impersonate", 1368, v1::IMPERSONATE}};
  for (const Case& one : cases) {
    calls_.fail = one.call;
    calls_.code = one.code;
    const absl::Status status = Walk(Cmd()).status();
    ASSERT_FALSE(status.ok()) << one.call;
    const v1::FailureDetail detail = *GetFailureDetail(status);
    EXPECT_EQ(detail.stage(), one.stage);
    EXPECT_EQ(detail.os_error_code(), one.code);
    EXPECT_THAT(detail.advice(), Not(IsEmpty()));
  }
}

TEST_F(Win32TokenPipelineTest, AnIdentificationTokenCannotLaunch) {
  const absl::Status status =
      Walk(Caller(OwnImpersonationToken(SecurityIdentification)), Cmd()).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(GetFailureDetail(status)->os_error_code(), ERROR_BAD_IMPERSONATION_LEVEL);
  EXPECT_THAT(calls_.calls, IsEmpty());
}

TEST_F(Win32TokenPipelineTest, AHandleThatIsNoTokenIsFoundOut) {
  calls_.lie = "handle";
  const absl::Status status = Walk(Cmd()).status();
  EXPECT_EQ(GetFailureDetail(status)->stage(), v1::MAKE_PRIMARY);
  EXPECT_EQ(GetFailureDetail(status)->call(), "GetTokenInformation");
}

TEST_F(Win32TokenPipelineTest, ATokenOfTheWrongTypeIsFoundOut) {
  calls_.lie = "type";
  const absl::Status status = Walk(Cmd()).status();
  EXPECT_EQ(GetFailureDetail(status)->stage(), v1::VERIFY);
  EXPECT_THAT(std::string(status.message()), HasSubstr("impersonation, not primary"));
}

TEST_F(Win32TokenPipelineTest, AnIntegrityThatWasNotSetIsFoundOut) {
  calls_.lie = "integrity";
  v1::LaunchSpec spec = Cmd();
  spec.mutable_restrictions()->set_integrity(v1::LOW_INTEGRITY);
  const absl::Status status = Walk(spec).status();
  EXPECT_EQ(GetFailureDetail(status)->stage(), v1::VERIFY);
  EXPECT_THAT(std::string(status.message()), HasSubstr("integrity"));
}

TEST_F(Win32TokenPipelineTest, LinuxRestrictionsAreRefused) {
  v1::LaunchSpec spec = Cmd();
  spec.mutable_restrictions()->set_no_new_privileges(true);
  const absl::Status status = Walk(spec).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(GetFailureDetail(status)->stage(), v1::RESTRICT);
}

TEST_F(Win32TokenPipelineTest, AnUnknownProgramIsNotFoundAsTheUser) {
  v1::LaunchSpec spec;
  spec.add_argv("no-such-program-anywhere");
  const absl::Status status = Walk(spec).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(GetFailureDetail(status)->stage(), v1::IMPERSONATE);
  EXPECT_EQ(GetFailureDetail(status)->call(), "CreateFileW FILE_EXECUTE");
  EXPECT_EQ(GetFailureDetail(status)->os_error_name(), "ERROR_FILE_NOT_FOUND");
  EXPECT_EQ(calls_.calls.back(), "Revert") << "impersonation ends on every path";
}

TEST_F(Win32TokenPipelineTest, RunAsIsRefusedWithoutAPolicy) {
  v1::LaunchSpec spec = Cmd();
  spec.set_run_as("Administrator");
  EXPECT_EQ(Walk(spec).status().code(), absl::StatusCode::kPermissionDenied);
}

TEST_F(Win32TokenPipelineTest, PrivilegesAreReportedWithTheirPolicy) {
  const std::vector<v1::Capability> capabilities = pipeline_.Capabilities();
  ASSERT_FALSE(capabilities.empty());
  for (const v1::Capability& one : capabilities) EXPECT_THAT(one.purpose(), HasSubstr("policy: "));
}

TEST(ImpersonationScopeDeathTest, ARevertThatFailsEndsTheProcess) {
  ScriptedCalls calls;
  calls.fail = "Revert";
  const std::shared_ptr<const Win32Token> token = OwnImpersonationToken();
  EXPECT_DEATH({ const ImpersonationScope scope(&calls, token->handle()); }, "");
}

}  // namespace
}  // namespace proctor
