#include "agent/job/job_state.h"

#include <gtest/gtest.h>

#include <string>
#include <tuple>

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

constexpr v1::JobState kNone = v1::JOB_STATE_UNSPECIFIED;

struct Case {
  v1::JobState state;
  JobEvent event;
  v1::JobState next;  // kNone: not allowed.
};

// Every pair.
constexpr Case kCases[] = {
    {v1::JOB_STATE_UNSPECIFIED, JobEvent::kStarted, kNone},
    {v1::JOB_STATE_UNSPECIFIED, JobEvent::kLaunchFailed, kNone},
    {v1::JOB_STATE_UNSPECIFIED, JobEvent::kMainExited, kNone},
    {v1::JOB_STATE_UNSPECIFIED, JobEvent::kFinal, kNone},
    {v1::JOB_STATE_UNSPECIFIED, JobEvent::kHostLost, kNone},
    {v1::CREATED, JobEvent::kStarted, v1::RUNNING},
    {v1::CREATED, JobEvent::kLaunchFailed, v1::FINISHED},
    {v1::CREATED, JobEvent::kMainExited, v1::DRAINING},
    {v1::CREATED, JobEvent::kFinal, v1::FINISHED},
    {v1::CREATED, JobEvent::kHostLost, v1::LOST},
    {v1::RUNNING, JobEvent::kStarted, kNone},
    {v1::RUNNING, JobEvent::kLaunchFailed, kNone},
    {v1::RUNNING, JobEvent::kMainExited, v1::DRAINING},
    {v1::RUNNING, JobEvent::kFinal, v1::FINISHED},
    {v1::RUNNING, JobEvent::kHostLost, v1::LOST},
    {v1::DRAINING, JobEvent::kStarted, kNone},
    {v1::DRAINING, JobEvent::kLaunchFailed, kNone},
    {v1::DRAINING, JobEvent::kMainExited, kNone},
    {v1::DRAINING, JobEvent::kFinal, v1::FINISHED},
    {v1::DRAINING, JobEvent::kHostLost, v1::LOST},
    {v1::FINISHED, JobEvent::kStarted, kNone},
    {v1::FINISHED, JobEvent::kLaunchFailed, kNone},
    {v1::FINISHED, JobEvent::kMainExited, kNone},
    {v1::FINISHED, JobEvent::kFinal, kNone},
    {v1::FINISHED, JobEvent::kHostLost, kNone},
    {v1::LOST, JobEvent::kStarted, kNone},
    {v1::LOST, JobEvent::kLaunchFailed, kNone},
    {v1::LOST, JobEvent::kMainExited, kNone},
    {v1::LOST, JobEvent::kFinal, kNone},
    {v1::LOST, JobEvent::kHostLost, kNone},
};

constexpr int kEvents = 5;
static_assert(sizeof(kCases) / sizeof(kCases[0]) == v1::JobState_ARRAYSIZE * kEvents,
              "a state or an event is missing from the table");

class JobStateTest : public ::testing::TestWithParam<Case> {};

TEST_P(JobStateTest, Transition) {
  const absl::optional<v1::JobState> next = NextState(GetParam().state, GetParam().event);
  EXPECT_EQ(next.value_or(kNone), GetParam().next);
}

INSTANTIATE_TEST_SUITE_P(EveryPair, JobStateTest, ::testing::ValuesIn(kCases),
                         [](const ::testing::TestParamInfo<Case>& param) {
                           std::string name = absl::StrCat(v1::JobState_Name(param.param.state),
                                                           "_", JobEventName(param.param.event));
                           for (char& c : name) c = c == ' ' ? '_' : c;
                           return name;
                         });

TEST(JobStateTest, OnlyFinishedAndLostAreTerminal) {
  for (int state = 0; state < v1::JobState_ARRAYSIZE; ++state) {
    const v1::JobState value = static_cast<v1::JobState>(state);
    EXPECT_EQ(IsTerminal(value), value == v1::FINISHED || value == v1::LOST) << state;
  }
}

}  // namespace
}  // namespace proctor
