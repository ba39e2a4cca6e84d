#include "absl/strings/str_cat.h"
#include "agent/jobhost/win32/job_killer.h"
#include "common/win32/pipe_listener.h"
#include "tests/agent/jobhost/win32/host_test.h"
#include "tests/agent/jobhost/win32/platform_truth.h"

namespace proctor::jobhost {
namespace {

using HostRecoveryTest = HostTest;

TEST_F(HostRecoveryTest, TheNextAgentGetsWhatHappenedMeanwhile) {
  StartHost();
  NamedEvent end;
  StartReady(MakeLaunch("meanwhile", "wait_for_event", {"0", "stay", end.name()}));
  RunJob(MakeLaunch("before", "exit_with", {"3"}));
  const std::string life = client().hello_reply().host_life();
  DropClient();
  end.Set();
  Reconnect(2);
  EXPECT_EQ(client().hello_reply().host_life(), life);
  ASSERT_TRUE(client().AwaitEnd("meanwhile").ok());
  ASSERT_EQ(client().reports().count("before"), 1u);
  EXPECT_EQ(client().reports().at("before").main_exit().wait_status(), 3);
}

TEST_F(HostRecoveryTest, WhatTheFormerAgentSentIsDoneAndListed) {
  StartHost();
  for (int i = 0; i < 20; ++i) {
    ASSERT_TRUE(client().Start(MakeLaunch(absl::StrCat("late-", i), "exit_with", {"4"})).ok());
  }
  Reconnect(2);
  EXPECT_EQ(client().reports().size(), 20u);
  for (int i = 0; i < 20; ++i) {
    const absl::StatusOr<JobReport> report = client().AwaitEnd(absl::StrCat("late-", i));
    ASSERT_TRUE(report.ok()) << report.status();
    EXPECT_EQ(report->main_exit().wait_status(), 4);
  }
}

TEST_F(HostRecoveryTest, ANewerAgentReplacesOneThatIsStillConnected) {
  StartHost();
  RunJob(MakeLaunch("known", "exit_with", {"0"}));
  absl::StatusOr<std::unique_ptr<HostClient>> newer = HostClient::Attach(host().pipe(), 2);
  ASSERT_TRUE(newer.ok()) << newer.status();
  EXPECT_EQ((*newer)->reports().count("known"), 1u);
  absl::StatusOr<ToAgent> last = client().Next();
  if (last.ok()) ADD_FAILURE() << last->message_case() << " " << last->job_report().phase();
}

TEST_F(HostRecoveryTest, AnOldEpochIsRefused) {
  StartHost();
  Reconnect(5);
  absl::StatusOr<std::unique_ptr<HostClient>> old = HostClient::Connect(host().pipe());
  ASSERT_TRUE(old.ok()) << old.status();
  ASSERT_TRUE((*old)->Hello(4).ok());
  ASSERT_TRUE((*old)->Next().ok());
  EXPECT_FALSE((*old)->hello_reply().refused().empty());
  // The one that is served stays.
  RunJob(MakeLaunch("still", "exit_with", {"0"}));
}

TEST_F(HostRecoveryTest, AnAcknowledgedRecordIsForgotten) {
  StartHost();
  RunJob(MakeLaunch("forgotten", "exit_with", {"0"}));
  RunJob(MakeLaunch("remembered", "exit_with", {"0"}));
  ASSERT_TRUE(client().Acknowledge("forgotten").ok());
  Reconnect(2);
  EXPECT_EQ(client().reports().count("forgotten"), 0u);
  EXPECT_EQ(client().reports().count("remembered"), 1u);
}

TEST_F(HostRecoveryTest, AStrangerWhoDoesNotGreetIsCutOff) {
  StartHost();
  absl::StatusOr<std::unique_ptr<HostClient>> stranger = HostClient::Connect(host().pipe());
  ASSERT_TRUE(stranger.ok()) << stranger.status();
  ASSERT_TRUE((*stranger)->Kill("anything", kSignalKill, absl::ZeroDuration()).ok());
  EXPECT_TRUE(absl::IsUnavailable((*stranger)->Next().status()));
}

TEST_F(HostRecoveryTest, AnIdleHostWithoutAgentEnds) {
  StartHost({"--exit-when-idle=0.2"});
  RunJob(MakeLaunch("last", "exit_with", {"0"}));
  ASSERT_TRUE(client().Acknowledge("last").ok());
  ASSERT_TRUE(client().AwaitSent());
  DropClient();
  EXPECT_EQ(host().WaitForExit(absl::Seconds(30)), 0u);
}

TEST_F(HostRecoveryTest, ARecordThatNobodyHasKeepsAnIdleHost) {
  StartHost({"--exit-when-idle=0.2"});
  RunJob(MakeLaunch("unread", "exit_with", {"6"}));
  DropClient();
  EXPECT_EQ(host().WaitForExit(absl::Seconds(2)), absl::nullopt);
  Reconnect(2);
  EXPECT_EQ(client().reports().at("unread").main_exit().wait_status(), 6);
}

TEST_F(HostRecoveryTest, ANameThatIsServedIsNotServedTwice) {
  if (RunsOnWine()) GTEST_SKIP() << "native only: Wine ignores FILE_FLAG_FIRST_PIPE_INSTANCE";
  StartHost();
  EXPECT_FALSE(PipeListener::Create(host().pipe()).ok());
}

}  // namespace
}  // namespace proctor::jobhost
