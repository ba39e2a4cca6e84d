#include "agent/win32/windows_agent.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <thread>

#include "absl/strings/str_cat.h"
#include "absl/synchronization/notification.h"
#include "common/win32/pipe_name.h"
#include "common/win32/token_identity.h"
#include "tests/agent/job/temporary_directory.h"
#include "tests/agent/job/win32/own_launch.h"

namespace proctor {
namespace {

// A logon, a profile or a program may be another machine's, which does not answer: no thread of
// gRPC's waits for one.
TEST(WindowsAgentTest, EveryLaunchIsPreparedOnAThreadOfItsUser) {
  Win32TokenPipeline pipeline(TokenCalls::System(), Clock::Real(), OwnToken(TokenPrimary));
  UserWorkers workers(UserWorkers::Options(), Clock::Real());
  AgentCore core;
  core.pipeline = &pipeline;
  core.workers = &workers;
  core.clock = Clock::Real();
  WindowsAgent::DescribeLaunches(&core);
  AnonymousCaller anonymous;
  anonymous.context = OwnToken(TokenImpersonation);
  const auto caller = std::make_shared<const CallerToken>(*pipeline.Identify(anonymous));
  v1::LaunchSpec spec;
  spec.add_argv("no-such-program-anywhere");
  std::thread::id thread;
  absl::Status status;
  absl::Notification answered;
  PrepareLaunch(core, caller, spec, [&](const absl::StatusOr<LaunchOrder>& order) {
    thread = std::this_thread::get_id();
    status = order.status();
    answered.Notify();
  });
  answered.WaitForNotification();
  EXPECT_NE(thread, std::this_thread::get_id());
  EXPECT_TRUE(absl::IsNotFound(status)) << status;
}

// Nobody else can have taken the name before the agent of the administrators starts.
TEST(WindowsAgentTest, TheJobHostsPipeIsServedWhereItIsProtected) {
  const TemporaryDirectory directory;
  const absl::StatusOr<StateDirectory> state = StateDirectory::Open(directory.path());
  ASSERT_TRUE(state.ok()) << state.status();
  const std::string name = absl::StrCat("proctor-jobhost-", state->instance());
  EXPECT_EQ(WindowsAgent::HostPipe(*state),
            RunsAsAdministrator() ? ProtectedPipeName(name) : OpenPipeName(name));
  EXPECT_THAT(ProtectedPipeName(name), testing::StartsWith("\\\\.\\pipe\\ProtectedPrefix\\"));
}

}  // namespace
}  // namespace proctor
