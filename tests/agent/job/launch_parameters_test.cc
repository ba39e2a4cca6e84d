#include "agent/job/launch_parameters.h"

#include <gtest/gtest.h>

#include "common/signal_number.h"

namespace proctor {
namespace {

TEST(LaunchParametersTest, DefaultsAreThoseTheProtoPromises) {
  const LaunchParameters launch = ResolveLaunch({}, LaunchKind::kLaunch, {});
  EXPECT_EQ(launch.kill_signal, kSignalTerminate);
  EXPECT_EQ(launch.grace_period, absl::Seconds(10));
  EXPECT_EQ(launch.on_caller_gone, v1::OnCallerGone::KEEP);
  EXPECT_FALSE(launch.keep_tree);
  EXPECT_EQ(launch.timeout, absl::ZeroDuration());
  const LaunchParameters run = ResolveLaunch({}, LaunchKind::kRun, {});
  EXPECT_EQ(run.on_caller_gone, v1::OnCallerGone::KILL);
  EXPECT_EQ(run.caller_gone_after, absl::ZeroDuration());
}

TEST(LaunchParametersTest, OnlySpooledStreamsHaveALimit) {
  v1::LaunchSpec spec;
  spec.mutable_standard_output()->mutable_spool()->set_limit_bytes(0);
  spec.mutable_standard_error()->mutable_discard();
  LaunchParameters parameters = ResolveLaunch(spec, LaunchKind::kLaunch, {});
  EXPECT_EQ(parameters.stdout_limit, 0u) << "asked for: keep nothing";
  EXPECT_EQ(parameters.stderr_limit, 0u);
  parameters = ResolveLaunch({}, LaunchKind::kLaunch, {});
  EXPECT_EQ(parameters.stdout_limit, LaunchDefaults().stream_bytes);
}

TEST(LaunchParametersTest, ARepeatableLaunchIsRememberedForAMinute) {
  v1::LaunchSpec spec;
  spec.mutable_retention()->set_seconds(0);
  EXPECT_EQ(ResolveLaunch(spec, LaunchKind::kRun, {}).retention, absl::ZeroDuration());
  spec.set_request_id("r");
  EXPECT_EQ(ResolveLaunch(spec, LaunchKind::kRun, {}).retention, absl::Minutes(1));
}

TEST(LaunchParametersTest, AZeroGracePeriodIsNotTheDefault) {
  v1::LaunchSpec spec;
  spec.mutable_kill_policy()->mutable_grace_period();
  EXPECT_EQ(ResolveLaunch(spec, LaunchKind::kLaunch, {}).grace_period, absl::ZeroDuration());
}

}  // namespace
}  // namespace proctor
