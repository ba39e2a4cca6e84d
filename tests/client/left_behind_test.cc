#include "client/left_behind.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"
#include "absl/time/clock.h"

namespace proctor {
namespace {

constexpr absl::Duration kLongEnough = absl::Seconds(30);

TEST(LeftBehindTest, WhatEndsIsWaitedFor) {
  const absl::StatusOr<int> result = CallUntil<int>({}, [] { return absl::StatusOr<int>(7); });
  ASSERT_TRUE(result.ok()) << result.status();
  EXPECT_EQ(*result, 7);
  const absl::StatusOr<int> failed =
      CallUntil<int>({}, [] { return absl::StatusOr<int>(absl::NotFoundError("gone")); });
  EXPECT_EQ(failed.status(), absl::NotFoundError("gone"));
}

TEST(LeftBehindTest, AStopEndsTheWaitAndTheCallEndsByItself) {
  std::stop_source stop;
  const auto entered = std::make_shared<absl::Notification>();
  const auto leave = std::make_shared<absl::Notification>();
  const auto owned = std::make_shared<int>(1);
  const std::weak_ptr<int> seen = owned;
  std::thread stopper([&] {
    entered->WaitForNotification();
    stop.request_stop();
  });
  const absl::Status status =
      RunUntil(stop.get_token(), absl::InfiniteDuration(), [entered, leave, kept = owned] {
        entered->Notify();
        leave->WaitForNotification();
      });
  stopper.join();
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  leave->Notify();
  const absl::Time end = absl::Now() + kLongEnough;
  while (seen.use_count() > 1 && absl::Now() < end) std::this_thread::yield();
  EXPECT_EQ(seen.use_count(), 1) << "what the call owned ends with it";
}

TEST(LeftBehindTest, WhatNobodyWaitsForIsNotBegun) {
  std::stop_source stop;
  stop.request_stop();
  const auto leave = std::make_shared<absl::Notification>();
  const absl::Status status = RunUntil(stop.get_token(), absl::InfiniteDuration(),
                                       [leave] { leave->WaitForNotification(); });
  EXPECT_TRUE(absl::IsCancelled(status)) << status;
  EXPECT_EQ(leave.use_count(), 1) << "a thread has it";
  leave->Notify();
}

TEST(LeftBehindTest, NoMoreThanSoManyAreLeftBehind) {
  const auto leave = std::make_shared<absl::Notification>();
  const auto running = std::make_shared<std::atomic<int>>(0);
  const auto one = [&] {
    return RunUntil({}, absl::Milliseconds(1), [leave, running] {
      ++*running;
      leave->WaitForNotification();
      --*running;
    });
  };
  for (int i = 0; i < kMostLeftBehind; ++i) ASSERT_TRUE(absl::IsDeadlineExceeded(one())) << i;
  const absl::Status refused = one();
  EXPECT_TRUE(absl::IsUnavailable(refused)) << refused;
  EXPECT_LE(*running, kMostLeftBehind);
  leave->Notify();
  const absl::Time end = absl::Now() + kLongEnough;
  absl::Status again = refused;
  while (!again.ok() && absl::Now() < end) again = RunUntil({}, kLongEnough, [] {});
  EXPECT_TRUE(again.ok()) << again;
}

}  // namespace
}  // namespace proctor
