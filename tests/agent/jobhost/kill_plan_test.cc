#include "agent/jobhost/kill_plan.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

namespace proctor::jobhost {
namespace {

using Step = KillPlan::Step;

constexpr int64_t kSecond = 1000LL * 1000 * 1000;
constexpr int kInterrupt = 2;
constexpr int kHangUp = 1;

KillRequest Polite(uint64_t grace_ns = 10 * kSecond, int signal = kInterrupt) {
  return {KILL_REQUESTED, signal, grace_ns};
}

const KillRequest kTimeout = {TIMEOUT, kHangUp, static_cast<uint64_t>(5 * kSecond)};

// What happens to a job, and at which second.
struct Event {
  enum class What { kStart, kRequest, kShorter, kAtOnce, kHard, kRest, kRestKept, kEmptied, kEnd };
  What what;
  int64_t second = 0;
};
using What = Event::What;

Step Meet(KillPlan* plan, const Event& event, uint64_t timeout_ns) {
  const int64_t now_ns = event.second * kSecond;
  switch (event.what) {
    case What::kStart:
      plan->Started(now_ns, timeout_ns);
      return Step::kNothing;
    case What::kRequest:
      return plan->Request(Polite(), now_ns);
    case What::kShorter:
      return plan->Request(Polite(2 * kSecond, kHangUp), now_ns);
    case What::kAtOnce:
      return plan->Request(Polite(0), now_ns);
    case What::kHard:
      return plan->Request(Polite(10 * kSecond, kSignalKill), now_ns);
    case What::kRest:
    case What::kRestKept:
      return plan->RestLeft({CAUSE_UNSPECIFIED, kHangUp, static_cast<uint64_t>(5 * kSecond)},
                            event.what == What::kRestKept, now_ns);
    case What::kEmptied:
      plan->TreeEmptied(now_ns);
      return Step::kNothing;
    case What::kEnd:
      plan->Ended();
      return Step::kNothing;
  }
  return Step::kNothing;
}

struct Case {
  std::string name;
  std::vector<Event> before;
  Event event;
  Step step;
  // Afterwards.
  int64_t next_second;  // -1: never; -2: within a second of the event.
  uint64_t timeout_seconds = 0;
};

constexpr int64_t kNever = -1;
constexpr int64_t kSoon = -2;

class KillPlanTableTest : public ::testing::TestWithParam<Case> {};

TEST_P(KillPlanTableTest, TakesTheStep) {
  const Case& row = GetParam();
  const uint64_t timeout_ns = row.timeout_seconds * kSecond;
  KillPlan plan;
  for (const Event& event : row.before) (void)Meet(&plan, event, timeout_ns);
  EXPECT_EQ(Meet(&plan, row.event, timeout_ns), row.step);
  const int64_t next_ns = plan.NextDeadline();
  if (row.next_second == kNever) {
    EXPECT_EQ(next_ns, kNoDeadline);
  } else if (row.next_second == kSoon) {
    EXPECT_LE(next_ns, (row.event.second + 1) * kSecond);
  } else {
    EXPECT_EQ(next_ns, row.next_second * kSecond);
  }
}

INSTANTIATE_TEST_SUITE_P(
    States, KillPlanTableTest,
    ::testing::Values(
        Case{"Queued_Request", {}, {What::kRequest, 1}, Step::kNothing, kNever},
        Case{"Queued_AtOnce", {}, {What::kAtOnce, 1}, Step::kNothing, kNever},
        Case{"Queued_Start", {}, {What::kStart, 1}, Step::kNothing, kNever},
        Case{"Queued_Start_Timeout", {}, {What::kStart, 1}, Step::kNothing, 7, 6},
        Case{"Wanted_Start", {{What::kRequest, 1}}, {What::kStart, 2}, Step::kNothing, 2},
        Case{"Runs_Request", {{What::kStart, 1}}, {What::kRequest, 2}, Step::kSignal, 12},
        Case{"Runs_Request_Timeout", {{What::kStart, 1}}, {What::kRequest, 2}, Step::kSignal, 7, 6},
        Case{"Runs_AtOnce", {{What::kStart, 1}}, {What::kAtOnce, 2}, Step::kForce, kSoon},
        Case{"Runs_Hard", {{What::kStart, 1}}, {What::kHard, 2}, Step::kForce, kSoon},
        Case{"Runs_Rest", {{What::kStart, 1}}, {What::kRest, 2}, Step::kSignal, 7},
        Case{"Runs_RestKept", {{What::kStart, 1}}, {What::kRestKept, 2}, Step::kNothing, kNever},
        Case{"Wanted_Rest",
             {{What::kRequest, 1}, {What::kStart, 2}},
             {What::kRest, 2},
             Step::kSignal,
             11},
        Case{"Wanted_RestKept",
             {{What::kRequest, 1}, {What::kStart, 2}},
             {What::kRestKept, 2},
             Step::kSignal,
             11},
        Case{"Wanted_Request",
             {{What::kRequest, 1}, {What::kStart, 2}},
             {What::kRequest, 3},
             Step::kSignal,
             11},
        Case{"Asked_Request",
             {{What::kStart, 1}, {What::kRequest, 2}},
             {What::kRequest, 5},
             Step::kNothing,
             12},
        Case{"Asked_Shorter",
             {{What::kStart, 1}, {What::kRequest, 2}},
             {What::kShorter, 5},
             Step::kNothing,
             7},
        Case{"Asked_AtOnce",
             {{What::kStart, 1}, {What::kRequest, 2}},
             {What::kAtOnce, 5},
             Step::kForce,
             kSoon},
        Case{"Asked_Rest",
             {{What::kStart, 1}, {What::kRequest, 2}},
             {What::kRest, 5},
             Step::kSignalRest,
             12},
        Case{"Asked_RestKept",
             {{What::kStart, 1}, {What::kRequest, 2}},
             {What::kRestKept, 5},
             Step::kSignalRest,
             12},
        Case{"Forced_Request",
             {{What::kStart, 1}, {What::kAtOnce, 2}},
             {What::kRequest, 2},
             Step::kNothing,
             kSoon},
        Case{"Forced_Rest",
             {{What::kStart, 1}, {What::kAtOnce, 2}},
             {What::kRest, 2},
             Step::kNothing,
             kSoon},
        Case{"Forced_Emptied",
             {{What::kStart, 1}, {What::kAtOnce, 2}},
             {What::kEmptied, 2},
             Step::kNothing,
             32},
        Case{"Emptied_AtOnce",
             {{What::kStart, 1}, {What::kEmptied, 2}},
             {What::kAtOnce, 3},
             Step::kForce,
             33},
        Case{"Asked_Emptied",
             {{What::kStart, 1}, {What::kRequest, 2}},
             {What::kEmptied, 3},
             Step::kNothing,
             12},
        Case{"Asked_End",
             {{What::kStart, 1}, {What::kRequest, 2}},
             {What::kEnd, 3},
             Step::kNothing,
             kNever},
        Case{"Forced_End",
             {{What::kStart, 1}, {What::kAtOnce, 2}},
             {What::kEnd, 3},
             Step::kNothing,
             kNever},
        Case{"Ended_Request",
             {{What::kStart, 1}, {What::kEnd, 2}},
             {What::kRequest, 3},
             Step::kNothing,
             kNever},
        Case{"Ended_Rest",
             {{What::kStart, 1}, {What::kEnd, 2}},
             {What::kRest, 3},
             Step::kNothing,
             kNever},
        Case{"EndedQueued_Request", {{What::kEnd, 1}}, {What::kRequest, 2}, Step::kNothing, kNever},
        Case{"EndedQueued_Start", {{What::kEnd, 1}}, {What::kStart, 2}, Step::kNothing, kNever, 9}),
    [](const ::testing::TestParamInfo<Case>& row) { return row.param.name; });

TEST(KillPlanTest, TheGracePeriodEndsInForceAndForceIsTriedAgain) {
  KillPlan plan;
  plan.Started(0, 0);
  ASSERT_EQ(plan.Request(Polite(), 0), Step::kSignal);
  EXPECT_EQ(plan.signal(), kInterrupt);
  EXPECT_EQ(plan.Due(kTimeout, 10 * kSecond - 1), Step::kNothing);
  EXPECT_EQ(plan.Due(kTimeout, 10 * kSecond), Step::kForce);
  int64_t now_ns = 10 * kSecond;
  int64_t last_ns = 0;
  for (int tries = 0; tries < 10; ++tries) {
    const int64_t pause_ns = plan.NextDeadline() - now_ns;
    EXPECT_GE(pause_ns, last_ns);
    EXPECT_LE(pause_ns, kSecond);
    last_ns = pause_ns;
    EXPECT_EQ(plan.Due(kTimeout, plan.NextDeadline() - 1), Step::kNothing);
    now_ns = plan.NextDeadline();
    EXPECT_EQ(plan.Due(kTimeout, now_ns), Step::kForce);
  }
  EXPECT_EQ(last_ns, kSecond);
}

TEST(KillPlanTest, WhatIsNotConfirmedIsToldOnceAndForceGoesOn) {
  KillPlan plan;
  plan.Started(0, 0);
  ASSERT_EQ(plan.Request(Polite(0), 0), Step::kForce);
  EXPECT_FALSE(plan.ConfirmIsOver(KillPlan::kConfirmNs - 1));
  EXPECT_TRUE(plan.ConfirmIsOver(KillPlan::kConfirmNs));
  EXPECT_FALSE(plan.ConfirmIsOver(2 * KillPlan::kConfirmNs));
  plan.Unconfirmed(3);
  EXPECT_TRUE(plan.unconfirmed());
  EXPECT_EQ(plan.processes_left(), 3);
  EXPECT_EQ(plan.Due(kTimeout, 2 * KillPlan::kConfirmNs), Step::kForce);
  EXPECT_EQ(plan.Request(Polite(0), 3 * KillPlan::kConfirmNs), Step::kNothing);
  EXPECT_TRUE(plan.ConfirmIsOver(4 * KillPlan::kConfirmNs)) << "who asks again is told again";
  plan.TreeEmptied(5 * KillPlan::kConfirmNs);
  EXPECT_FALSE(plan.unconfirmed());
  EXPECT_EQ(plan.processes_left(), 0);
  EXPECT_FALSE(plan.ConfirmIsOver(6 * KillPlan::kConfirmNs - 1));
  EXPECT_TRUE(plan.ConfirmIsOver(6 * KillPlan::kConfirmNs)) << "the output has not ended";
}

TEST(KillPlanTest, OutputThatDoesNotEndIsToldThoughTheTreeIsEmpty) {
  KillPlan plan;
  plan.Started(0, 0);
  ASSERT_EQ(plan.Request(Polite(0), 0), Step::kForce);
  plan.TreeEmptied(kSecond);
  EXPECT_EQ(plan.NextDeadline(), KillPlan::kConfirmNs);
  EXPECT_EQ(plan.Due(kTimeout, KillPlan::kConfirmNs), Step::kNothing);
  EXPECT_TRUE(plan.ConfirmIsOver(KillPlan::kConfirmNs));
  EXPECT_EQ(plan.NextDeadline(), kNoDeadline);
}

TEST(KillPlanTest, ATimeoutIsARequestOfItsOwnKind) {
  KillPlan plan;
  plan.Started(0, 7 * kSecond);
  EXPECT_EQ(plan.Due(kTimeout, 7 * kSecond - 1), Step::kNothing);
  EXPECT_EQ(plan.Due(kTimeout, 7 * kSecond), Step::kSignal);
  EXPECT_EQ(plan.signal(), kHangUp);
  EXPECT_EQ(plan.cause(), TIMEOUT);
  EXPECT_EQ(plan.NextDeadline(), 12 * kSecond);
  EXPECT_EQ(plan.Due(kTimeout, 12 * kSecond), Step::kForce);
}

TEST(KillPlanTest, ATimeoutInTheGracePeriodCanOnlyShortenIt) {
  KillPlan plan;
  plan.Started(0, 7 * kSecond);
  ASSERT_EQ(plan.Request(Polite(60 * kSecond), 6 * kSecond), Step::kSignal);
  EXPECT_EQ(plan.Due(kTimeout, 7 * kSecond), Step::kNothing);
  EXPECT_EQ(plan.NextDeadline(), 12 * kSecond);
  EXPECT_EQ(plan.signal(), kInterrupt) << "the first request's";
  EXPECT_EQ(plan.cause(), KILL_REQUESTED);
}

TEST(KillPlanTest, ATimeoutHoldsForWhatTheMainProcessHasLeft) {
  KillPlan plan;
  plan.Started(0, 7 * kSecond);
  plan.SetCause(BY_ITSELF);
  ASSERT_EQ(plan.RestLeft({}, true, kSecond), Step::kNothing);
  EXPECT_EQ(plan.Due(kTimeout, 7 * kSecond), Step::kSignal);
  EXPECT_EQ(plan.cause(), BY_ITSELF);
}

TEST(KillPlanTest, ARequestDuringTheLaunchIsDueWhenThereIsAProcess) {
  for (const int64_t started_ns : {kSecond, 30 * kSecond}) {
    KillPlan plan;
    ASSERT_EQ(plan.Request(Polite(), 0), Step::kNothing);
    EXPECT_FALSE(plan.GraceIsOver(10 * kSecond - 1));
    EXPECT_TRUE(plan.GraceIsOver(10 * kSecond)) << "the launch is given up then";
    plan.Started(started_ns, 0);
    EXPECT_EQ(plan.NextDeadline(), std::min(started_ns, 10 * kSecond));
    EXPECT_EQ(plan.Due(kTimeout, started_ns),
              started_ns < 10 * kSecond ? Step::kSignal : Step::kForce);
  }
}

TEST(KillPlanTest, NobodyWhoHasAskedForNothingIsOutOfGrace) {
  KillPlan plan;
  EXPECT_FALSE(plan.GraceIsOver(kNoDeadline - 1));
}

TEST(KillPlanTest, AGracePeriodWithoutEndHasNoDeadline) {
  KillPlan plan;
  plan.Started(kSecond, 0);
  ASSERT_EQ(plan.Request(Polite(~uint64_t{0}), kSecond), Step::kSignal);
  EXPECT_EQ(plan.NextDeadline(), kNoDeadline);
  EXPECT_EQ(plan.Request(Polite(0), 2 * kSecond), Step::kForce);
}

TEST(KillPlanTest, WithoutASignalItIsToTerminate) {
  KillPlan plan;
  plan.Started(0, 0);
  ASSERT_EQ(plan.Request(Polite(kSecond, 0), 0), Step::kSignal);
  EXPECT_EQ(plan.signal(), kSignalTerminate);
}

}  // namespace
}  // namespace proctor::jobhost
