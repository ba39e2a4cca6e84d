#include "agent/token/win32/win32_token_pipeline.h"
#include "tests/agent/job/job_manager_fixture.h"
#include "tests/agent/token/win32/fake_users.h"

namespace proctor {
namespace {

// Jobs of a user whose profile the agent has loaded.
class ProfileReferenceTest : public JobManagerTest {
 protected:
  ProfileReferenceTest() {
    TokenFacts own = FakeUsers::UserFacts(99);
    own.privileges = {"SeAssignPrimaryTokenPrivilege", "SeIncreaseQuotaPrivilege"};
    pipeline_ = std::make_unique<Win32TokenPipeline>(&users_, &clock_, users_.MakeToken(own));
  }

  LaunchToken Walk() {
    AnonymousCaller anonymous;
    TokenFacts facts = FakeUsers::UserFacts(1);
    facts.primary = false;
    anonymous.context = users_.MakeToken(std::move(facts));
    const CallerToken caller = *pipeline_->Identify(anonymous);
    StageTrace trace(&clock_, caller.history());
    v1::LaunchSpec spec;
    spec.add_argv("cmd.exe");
    const ImpersonationToken user = *pipeline_->Impersonate(caller, spec, &trace);
    const PrimaryToken primary = *pipeline_->MakePrimary(user, spec.restrictions(), &trace);
    return *pipeline_->PrepareEnvironment(primary, spec, "the-job", &trace);
  }

  std::string LaunchWithProfile() {
    return Launch(LaunchOrder{NewJobId(), Walk(), Spec(), LaunchParameters(), false,
                              Private(kAlice), absl::nullopt});
  }

  FakeUsers users_;
  std::unique_ptr<Win32TokenPipeline> pipeline_;
};

TEST_F(ProfileReferenceTest, IsHeldUntilTheHostHasLoadedTheProfile) {
  const std::string id = LaunchWithProfile();
  ASSERT_EQ(host_.launched().size(), 1u);
  EXPECT_EQ(FakeUsers::HeldProfiles(), 1);
  Report(Running(id));
  EXPECT_EQ(FakeUsers::HeldProfiles(), 0);
}

TEST_F(ProfileReferenceTest, IsGivenBackWhenTheLaunchFails) {
  jobhost::JobReport failed;
  failed.set_job_id(LaunchWithProfile());
  failed.set_phase(jobhost::LAUNCH_FAILED);
  Report(failed);
  EXPECT_EQ(FakeUsers::HeldProfiles(), 0);
}

TEST_F(ProfileReferenceTest, IsGivenBackWithTheHost) {
  LaunchWithProfile();
  manager_->OnHostLost("life-1");
  EXPECT_EQ(FakeUsers::HeldProfiles(), 0);
}

}  // namespace
}  // namespace proctor
