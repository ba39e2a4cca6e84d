#include "agent/job/launch_step.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <windows.h>

namespace proctor {
namespace {

using testing::HasSubstr;

std::string AdviceFor(jobhost::Step step, int error) {
  jobhost::LaunchFailure failure;
  failure.set_step(step);
  failure.set_error(error);
  return LaunchAdvice(failure);
}

// Error 8 is what a desktop without heap left is told as (KB 184802), not only memory.
TEST(LaunchStepTest, WhatIsExhaustedIsNamedAndWhenToTryAgain) {
  for (const jobhost::Step step : {jobhost::PREPARE, jobhost::CREATE_PROCESS}) {
    for (const int error : {ERROR_NOT_ENOUGH_MEMORY, ERROR_NOT_ENOUGH_QUOTA,
                            ERROR_NO_SYSTEM_RESOURCES, ERROR_COMMITMENT_LIMIT}) {
      EXPECT_THAT(AdviceFor(step, error), HasSubstr("desktop heap")) << error;
      EXPECT_THAT(AdviceFor(step, error), HasSubstr("retry when some jobs have ended")) << error;
    }
  }
  EXPECT_THAT(AdviceFor(jobhost::CREATE_PROCESS, ERROR_ACCESS_DENIED),
              testing::Not(HasSubstr("desktop heap")));
}

}  // namespace
}  // namespace proctor
