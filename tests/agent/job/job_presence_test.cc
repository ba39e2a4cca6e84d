// A job's caller: when it counts as present, and when as gone.

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/signal_number.h"
#include "tests/agent/job/job_manager_fixture.h"

namespace proctor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class JobPresenceTest : public JobManagerTest {
 protected:
  std::string Run(const std::string& request_id = "") {
    return Launch(kAlice, Spec(request_id), std::make_shared<CountingObserver>(), LaunchKind::kRun);
  }

  // What is due by now has happened once a later timer has.
  void AwaitTimers() {
    const std::string canary = Run("canary");
    holds_.pop_back();
    manager_->PokeTimers();
    ASSERT_TRUE(host_.AwaitKill());
    EXPECT_EQ(host_.kills().back().job_id, canary);
  }

  static v1::LaunchSpec WithCallerGone(v1::OnCallerGone::Action action) {
    v1::LaunchSpec spec = Spec();
    spec.mutable_on_caller_gone()->set_action(action);
    return spec;
  }
};

TEST_F(JobPresenceTest, ARunCallerThatGoesBeforeTheProgramRunsEndsTheJob) {
  const std::string id = Run();
  holds_.clear();
  ASSERT_TRUE(host_.AwaitKill());
  EXPECT_EQ(host_.kills()[0].job_id, id);
  EXPECT_EQ(host_.kills()[0].signal, kSignalTerminate);
  EXPECT_EQ(manager_->CountObservers(), 0u);
  Report(Running(id));
  EXPECT_TRUE(answers_[0].ok()) << "the answer is nobody's, and holds nothing";
  EXPECT_EQ(manager_->CountObservers(), 0u);
}

TEST_F(JobPresenceTest, WhoJoinsALaunchHoldsTheJobLikeWhoBeganIt) {
  const std::string id = Run("r");
  Run("r");
  holds_.erase(holds_.begin());
  EXPECT_EQ(manager_->CountObservers(), 1u);
  Report(Running(id));
  EXPECT_THAT(answers_, SizeIs(2));
  EXPECT_THAT(host_.kills(), IsEmpty());
  holds_.clear();
  ASSERT_TRUE(host_.AwaitKill());
}

TEST_F(JobPresenceTest, WhoJoinsAndGoesBeforeTheAnswerIsGone) {
  const std::string id = Run("r");
  Run("r");
  holds_.clear();
  ASSERT_TRUE(host_.AwaitKill());
  EXPECT_EQ(host_.kills()[0].job_id, id);
}

TEST_F(JobPresenceTest, WhoFindsARunningJobByItsRequestIdHoldsIt) {
  const std::string id = Run("r");
  Report(Running(id));
  Run("r");
  holds_.erase(holds_.begin());
  EXPECT_EQ(manager_->CountObservers(), 1u);
  holds_.clear();
  ASSERT_TRUE(host_.AwaitKill());
}

TEST_F(JobPresenceTest, NobodyIsTakenForGoneWhileTheAgentEnds) {
  const std::string id = Run("r");
  Report(Running(id));
  manager_->Drain();
  manager_->EndCalls();
  holds_.clear();
  clock_.Advance(absl::Seconds(5));
  manager_->PokeTimers();
  // The next agent knows it, and gives its caller a minute.
  Start();
  manager_->OnHostReady(FakeJobHost::Life("life-1"), {Running(id)});
  clock_.Advance(absl::Seconds(59));
  AwaitTimers();
  EXPECT_THAT(host_.kills(), SizeIs(1)) << "the canary's";
  clock_.Advance(absl::Seconds(1));
  manager_->PokeTimers();
  ASSERT_TRUE(host_.AwaitKill(2));
  EXPECT_EQ(host_.kills()[1].job_id, id);
}

TEST_F(JobPresenceTest, ACallerWhoseTimeRunsOutWhileTheAgentEndsIsNotGone) {
  v1::LaunchSpec spec = WithCallerGone(v1::OnCallerGone::KILL);
  const std::string id = Launch(kAlice, spec);
  Report(Running(id));
  manager_->EndCalls();
  clock_.Advance(absl::Seconds(61));
  manager_->PokeTimers();
  Start();
  manager_->OnHostReady(FakeJobHost::Life("life-1"), {Running(id)});
  AwaitTimers();
  EXPECT_THAT(host_.kills(), SizeIs(1)) << "the canary's";
}

TEST_F(JobPresenceTest, ALaunchWhoseAnswerIsLostEndsUnlessItWasToBeKept) {
  const std::string lost = Launch(kAlice, Spec());
  const std::string kept = Launch(kAlice, WithCallerGone(v1::OnCallerGone::KEEP));
  Report(Running(lost));
  Report(Running(kept));
  manager_->AnswerLost(lost);
  manager_->AnswerLost(kept);
  manager_->AnswerLost(NewJobId());
  ASSERT_THAT(host_.kills(), SizeIs(1));
  EXPECT_EQ(host_.kills()[0].job_id, lost);
  EXPECT_EQ(host_.kills()[0].signal, kSignalTerminate);
  EXPECT_EQ(Get(lost).on_caller_gone().action(), v1::OnCallerGone::KILL);
}

TEST_F(JobPresenceTest, ALostAnswerIsKnownBeforeTheProgramRuns) {
  LaunchOrder order{NewJobId(),   TokenTestPeer::Launch(kAlice),
                    Spec(),       LaunchParameters(),
                    false,        Private(kAlice),
                    absl::nullopt};
  const std::string id = order.job_id;
  manager_->Launch(std::move(order), LaunchKind::kLaunch, nullptr,
                   [](const absl::StatusOr<LaunchOutcome>&) {});
  manager_->AnswerLost(id);
  journal_->Flush();
  EXPECT_THAT(host_.launched(), ElementsAre(id));
  ASSERT_THAT(host_.kills(), SizeIs(1)) << "as soon as the host has it";
  EXPECT_EQ(host_.kills()[0].job_id, id);
}

TEST_F(JobPresenceTest, ALostAnswerWaitsForTheTimeThatWasAsked) {
  v1::LaunchSpec spec = Spec();
  spec.mutable_on_caller_gone()->mutable_after()->set_seconds(5);
  const std::string id = Launch(kAlice, spec);
  Report(Running(id));
  manager_->AnswerLost(id);
  EXPECT_THAT(host_.kills(), IsEmpty());
  clock_.Advance(absl::Seconds(5));
  manager_->PokeTimers();
  ASSERT_TRUE(host_.AwaitKill());
}

TEST_F(JobPresenceTest, AnEndingAgentAnswersLaunchesThatCanBeRepeated) {
  Launch(kAlice, Spec("r"));
  const std::string id = Launch(kAlice, Spec());
  manager_->EndCalls();
  ASSERT_THAT(answers_, SizeIs(1));
  EXPECT_EQ(answers_[0].status().code(), absl::StatusCode::kUnavailable);
  Report(Running(id));
  ASSERT_THAT(answers_, SizeIs(2)) << "nobody could ask for this one again";
  EXPECT_EQ(answers_[1]->response->job_id(), id);
}

}  // namespace
}  // namespace proctor
