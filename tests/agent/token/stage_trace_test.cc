#include "agent/token/stage_trace.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "common/failure_detail.h"
#include "common/os_error.h"
#include "tests/agent/fake_clock.h"

namespace proctor {
namespace {

TEST(StageTraceTest, DurationsCountFromTheEntryBefore) {
  FakeClock clock;
  StageTrace trace(&clock);
  clock.Advance(absl::Microseconds(5));
  trace.Done(v1::IDENTIFY, "getpwuid_r", "alice");
  clock.Advance(absl::Seconds(2));
  trace.Done(v1::AUTHORISE, "policy", "yes");
  EXPECT_EQ(trace.reports()[0].duration().nanos(), 5000);
  EXPECT_EQ(trace.reports()[1].duration().seconds(), 2);
}

constexpr int kCode = 2;  // ENOENT, and ERROR_FILE_NOT_FOUND.

TEST(StageTraceTest, AFailureCarriesEverythingTheCallerNeeds) {
  FakeClock clock;
  StageTrace trace(&clock);
  trace.Done(v1::IDENTIFY, "getpwuid_r", "alice");
  const absl::Status status =
      trace.Fail(v1::AUTHORISE, "capget", OsErrorStatus("capget", kCode), "run it as root");
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  const v1::FailureDetail detail = *GetFailureDetail(status);
  EXPECT_EQ(detail.stage(), v1::AUTHORISE);
  EXPECT_EQ(detail.call(), "capget");
  EXPECT_EQ(detail.os_error_code(), kCode);
  EXPECT_EQ(detail.os_error_name(), OsErrorName(kCode));
  EXPECT_EQ(detail.advice(), "run it as root");
  EXPECT_EQ(detail.stages_size(), 2);
}

}  // namespace
}  // namespace proctor
