// A job from its launch to its end: exit codes, Wait, Kill, timeouts, request ids.

#include <gmock/gmock.h>

#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "tests/conformance/conformance_test.h"
#include "tests/e2e/eventually.h"
#include "tests/e2e/must.h"

namespace proctor {
namespace {

using ::testing::ElementsAre;

class JobTest : public ConformanceTest {
 protected:
  // Launches and waits until the program has printed "ready".
  std::string LaunchReady(const v1::LaunchSpec& spec) {
    const std::string id = Launch(client(), spec).job_id();
    AwaitOutput(client(), id, "ready");
    return id;
  }

  absl::StatusCode LaunchCode(const v1::LaunchSpec& spec) {
    return TryLaunch(client(), spec).status().code();
  }
};

TEST_F(JobTest, EveryExitCodeComesBack) {
  for (const int code : {0, 1, 2, 125, 126, 127, 128, 137, 254, 255}) {
    const std::string id = Launch(client(), Spec("exit_with", {absl::StrCat(code)})).job_id();
    const v1::ExitRecord exit = WaitMain(client(), id);
    EXPECT_EQ(exit.reason(), v1::EXITED);
    EXPECT_TRUE(exit.has_exit_code());
    EXPECT_EQ(exit.exit_code(), code);
    EXPECT_FALSE(exit.has_signal());
  }
}

TEST_F(JobTest, KillAsksFirstAndTheJobMayEndItself) {
  const std::string id = LaunchReady(Spec("wait_for_end", {"exit", "7"}));
  const v1::KillResponse killed = Kill(client(), id, absl::Seconds(50));
  EXPECT_FALSE(killed.already_finished());
  EXPECT_TRUE(killed.exit().final());
  EXPECT_EQ(killed.exit().reason(), v1::KILLED);
  EXPECT_EQ(killed.exit().exit_code(), 7);
}

TEST_F(JobTest, AJobThatIgnoresTheRequestIsKilledAfterTheGracePeriodAndNotBefore) {
  const std::string id = LaunchReady(Spec("wait_for_end", {"ignore"}));
  const absl::Time start = absl::Now();
  const v1::KillResponse killed = Kill(client(), id, absl::Milliseconds(300));
  EXPECT_GE(absl::Now() - start, absl::Milliseconds(300));
  EXPECT_EQ(killed.exit().reason(), v1::KILLED);
  EXPECT_TRUE(killed.exit().final());
}

TEST_F(JobTest, ASecondKillCanOnlyShortenTheGracePeriod) {
  const std::string id = LaunchReady(Spec("wait_for_end", {"ignore"}));
  std::thread first =
      Begin([&] { EXPECT_EQ(Kill(client(), id, absl::Seconds(55)).exit().reason(), v1::KILLED); });
  const absl::Time start = absl::Now();
  EXPECT_EQ(Kill(client(), id, absl::Milliseconds(50)).exit().reason(), v1::KILLED);
  EXPECT_LT(absl::Now() - start, absl::Seconds(45));
  first.join();
}

TEST_F(JobTest, KillOfAFinishedJobDoesNothing) {
  const std::string id = Launch(client(), Spec("exit_with", {"4"})).job_id();
  WaitFinal(client(), id);
  const v1::KillResponse killed = Kill(client(), id);
  EXPECT_TRUE(killed.already_finished());
  EXPECT_EQ(killed.exit().reason(), v1::EXITED);
  EXPECT_EQ(killed.exit().exit_code(), 4);
}

TEST_F(JobTest, ATimeoutEndsTheJobAndSaysSo) {
  v1::LaunchSpec spec = Spec("wait_for_end", {"ignore"});
  SetDuration(absl::Milliseconds(200), spec.mutable_timeout());
  SetDuration(absl::Milliseconds(100), spec.mutable_kill_policy()->mutable_grace_period());
  const v1::ExitRecord exit = WaitFinal(client(), Launch(client(), spec).job_id());
  EXPECT_EQ(exit.reason(), v1::TIMED_OUT);
  EXPECT_GE(exit.run_time().seconds() * 1'000'000'000 + exit.run_time().nanos(), 200'000'000);
}

TEST_F(JobTest, AnyNumberOfWaitsGetTheSameAnswer) {
  const std::string end = File("end");
  const std::string id = Launch(client(), Spec("mark_launch", {File("marks"), "x", end})).job_id();
  std::vector<std::thread> waiters;
  for (int i = 0; i < 30; ++i) {
    waiters.emplace_back([this, &id, i] {
      v1::WaitRequest wait;
      wait.set_job_id(id);
      wait.set_until(i % 2 == 0 ? v1::WaitRequest::FINAL : v1::WaitRequest::MAIN_EXITED);
      const absl::StatusOr<v1::WaitResponse> answer = client().Wait(wait);
      ASSERT_TRUE(answer.ok()) << answer.status();
      EXPECT_EQ(answer->exit().reason(), v1::EXITED);
      EXPECT_EQ(answer->exit().exit_code(), 0);
    });
  }
  Touch(end);
  for (std::thread& waiter : waiters) waiter.join();
}

TEST_F(JobTest, AWaitWhoseDeadlinePassesLeavesTheJobAlone) {
  const std::string id = Launch(client(), Spec("wait_for_end")).job_id();
  v1::WaitRequest wait;
  wait.set_job_id(id);
  CallOptions options;
  options.deadline = absl::Milliseconds(50);
  EXPECT_EQ(client().Wait(wait, options).status().code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_EQ(GetJob(client(), id).state(), v1::RUNNING);
  Kill(client(), id, absl::ZeroDuration());
}

TEST_F(JobTest, AnUnknownJobIsNotFoundByEveryCall) {
  for (const std::string& id :
       {std::string("00000000000000000000000000"), std::string("..\\../etc"), std::string()}) {
    v1::WaitRequest wait;
    wait.set_job_id(id);
    EXPECT_EQ(client().Wait(wait).status().code(), absl::StatusCode::kNotFound) << id;
    v1::KillRequest kill;
    kill.set_job_id(id);
    EXPECT_EQ(client().Kill(kill).status().code(), absl::StatusCode::kNotFound) << id;
    v1::GetJobRequest get;
    get.set_job_id(id);
    EXPECT_EQ(client().GetJob(get).status().code(), absl::StatusCode::kNotFound) << id;
    v1::ReadOutputRequest read;
    read.set_job_id(id);
    read.set_stream(v1::STDOUT);
    const auto ignore = [](const v1::OutputChunk&) { return true; };
    EXPECT_EQ(client().ReadOutput(read, ignore).status().code(), absl::StatusCode::kNotFound) << id;
    v1::DeleteJobRequest remove;
    remove.set_job_id(id);
    EXPECT_EQ(client().DeleteJob(remove).status().code(), absl::StatusCode::kNotFound) << id;
  }
}

TEST_F(JobTest, ARepeatedRequestIdReturnsTheJobThatExists) {
  const std::string marks = File("marks");
  v1::LaunchSpec spec = Spec("mark_launch", {marks, "once"});
  spec.set_request_id("the same");
  const v1::LaunchResponse first = Launch(client(), spec);
  const v1::LaunchResponse second = Launch(client(), spec);
  EXPECT_FALSE(first.existing());
  EXPECT_TRUE(second.existing());
  EXPECT_EQ(first.job_id(), second.job_id());
  EXPECT_EQ(first.main_process().pid(), second.main_process().pid());
  WaitFinal(client(), first.job_id());
  EXPECT_THAT(Lines(ReadFile(marks)), ElementsAre("once"));
}

TEST_F(JobTest, ARequestIdWithOtherContentAlreadyExists) {
  v1::LaunchSpec spec = Spec("exit_with", {"1"});
  spec.set_request_id("the same");
  (*spec.mutable_environment()->mutable_variables())["SECRET"] = "one";
  WaitFinal(client(), Launch(client(), spec).job_id());
  v1::LaunchSpec argument = spec;
  argument.set_argv(1, "2");
  EXPECT_EQ(LaunchCode(argument), absl::StatusCode::kAlreadyExists);
  v1::LaunchSpec secret = spec;
  (*secret.mutable_environment()->mutable_variables())["SECRET"] = "two";
  EXPECT_EQ(LaunchCode(secret), absl::StatusCode::kAlreadyExists);
}

TEST_F(JobTest, ADeletedJobReleasesItsRequestId) {
  v1::LaunchSpec spec = Spec("exit_with");
  spec.set_request_id("the same");
  const std::string first = Launch(client(), spec).job_id();
  WaitFinal(client(), first);
  v1::DeleteJobRequest remove;
  remove.set_job_id(first);
  Must(client().DeleteJob(remove));
  const v1::LaunchResponse second = Launch(client(), spec);
  EXPECT_FALSE(second.existing());
  EXPECT_NE(second.job_id(), first);
  WaitFinal(client(), second.job_id());
}

}  // namespace
}  // namespace proctor
