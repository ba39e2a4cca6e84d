#include "client/retry_loop.h"

#include <gtest/gtest.h>

#include <thread>

namespace proctor {
namespace {

// A clock that stands still unless moved; only the test's thread touches it.
class ManualClock final : public Clock {
 public:
  absl::Time Now() const override { return absl::UnixEpoch() + now_; }
  absl::Duration Monotonic() const override { return now_; }
  void Advance(absl::Duration duration) { now_ += duration; }

 private:
  absl::Duration now_;
};

const absl::Status kUnavailable = absl::UnavailableError("gone");

class RetryLoopTest : public testing::Test {
 protected:
  RetryLoopTest() {
    options_.retry.initial_backoff = absl::Microseconds(10);
    options_.retry.window = absl::Seconds(30);
  }
  RetryLoop Loop(Repeat repeat = Repeat::kIdempotent) {
    return RetryLoop(options_, call_, repeat, &reached_, &clock_);
  }

  ClientOptions options_;
  CallOptions call_;
  std::atomic<bool> reached_{true};
  ManualClock clock_;
};

TEST_F(RetryLoopTest, RepeatsUnavailableOnly) {
  RetryLoop loop = Loop();
  EXPECT_TRUE(loop.Next(kUnavailable).ok());
  EXPECT_EQ(loop.Next(absl::NotFoundError("x")).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(loop.failures(), 2);
}

TEST_F(RetryLoopTest, WhatNobodyHereCancelledIsABrokenConnection) {
  const absl::Status reset = absl::CancelledError("stream reset");
  RetryLoop loop = Loop();
  EXPECT_TRUE(loop.Next(reset).ok());
  clock_.Advance(absl::Seconds(30));
  const absl::Status given_up = loop.Next(reset);
  EXPECT_EQ(given_up.code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(given_up.message().find("stream reset"), absl::string_view::npos) << given_up;
  EXPECT_EQ(Loop(Repeat::kNever).Next(reset).code(), absl::StatusCode::kUnavailable);
}

TEST_F(RetryLoopTest, WhatTheCallerCancelledIsCancelled) {
  Cancellation cancel;
  cancel.Cancel();
  call_.cancel = &cancel;
  EXPECT_EQ(Loop().Next(absl::CancelledError("stream reset")).code(), absl::StatusCode::kCancelled);
}

TEST_F(RetryLoopTest, NeverRepeatsWhatMustNotBeSentTwice) {
  EXPECT_EQ(Loop(Repeat::kNever).Next(kUnavailable), kUnavailable);
}

TEST_F(RetryLoopTest, WindowCountsFromTheFirstFailureNotFromTheStart) {
  RetryLoop loop = Loop();
  clock_.Advance(absl::Hours(5));
  EXPECT_TRUE(loop.Next(kUnavailable).ok());
  clock_.Advance(absl::Seconds(29));
  EXPECT_TRUE(loop.Next(kUnavailable).ok());
  clock_.Advance(absl::Seconds(1));
  EXPECT_EQ(loop.Next(kUnavailable), kUnavailable);
}

TEST_F(RetryLoopTest, HearingTheAgentStartsTheWindowAnew) {
  RetryLoop loop = Loop();
  EXPECT_TRUE(loop.Next(kUnavailable).ok());
  clock_.Advance(absl::Seconds(29));
  loop.Heard();
  clock_.Advance(absl::Seconds(29));
  EXPECT_TRUE(loop.Next(kUnavailable).ok());
}

TEST_F(RetryLoopTest, AnAgentNeverReachedGetsTheConnectTimeout) {
  reached_ = false;
  EXPECT_EQ(Loop().Next(kUnavailable), kUnavailable);
  options_.connect_timeout = absl::Seconds(5);
  RetryLoop loop = Loop();
  EXPECT_TRUE(loop.Next(kUnavailable).ok());
  clock_.Advance(absl::Seconds(5));
  EXPECT_EQ(loop.Next(kUnavailable), kUnavailable);
}

TEST_F(RetryLoopTest, ReachedAppliesTheRetryWindow) {
  reached_ = false;
  RetryLoop loop = Loop();
  loop.Reached();
  EXPECT_TRUE(loop.Next(kUnavailable).ok());
  EXPECT_TRUE(reached_);
}

TEST_F(RetryLoopTest, DeadlineEndsTheRetries) {
  call_.deadline = absl::Microseconds(5);
  const absl::Status status = Loop().Next(kUnavailable);
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_NE(status.message().find("gone"), absl::string_view::npos) << status;
}

TEST_F(RetryLoopTest, CancellationEndsThePause) {
  Cancellation cancel;
  call_.cancel = &cancel;
  options_.retry.initial_backoff = absl::Hours(1);
  options_.retry.max_backoff = absl::Hours(1);
  options_.retry.window = absl::Hours(2);
  RetryLoop loop = Loop();
  std::thread canceller([&cancel] { cancel.Cancel(); });
  EXPECT_EQ(loop.Next(kUnavailable).code(), absl::StatusCode::kCancelled);
  canceller.join();
}

}  // namespace
}  // namespace proctor
