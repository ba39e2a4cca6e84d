#include "agent/caller/user_bounds.h"

#include <gtest/gtest.h>

#include <vector>

#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "tests/agent/fake_clock.h"

namespace proctor {
namespace {

constexpr size_t kChunk = 256 << 10;

UserBounds::Options Small() {
  UserBounds::Options options;
  options.max_connections = 2;
  options.max_calls = 3;
  options.max_buffered_bytes = 1 << 20;
  options.new_connections_per_second = 10;
  options.new_calls_per_second = 100;
  options.fruitless_calls_per_second = 10;
  return options;
}

// The bound that a refusal names; empty for what is no refusal.
std::string BoundOf(const absl::Status& status) {
  if (!absl::IsResourceExhausted(status)) return "";
  return GetFailureDetail(status).value_or(v1::FailureDetail()).subject();
}

class UserBoundsTest : public testing::Test {
 protected:
  FakeClock clock_;
  UserBounds bounds_{Small(), &clock_};
};

TEST_F(UserBoundsTest, ConnectionsAreBoundedForEachUser) {
  EXPECT_TRUE(bounds_.OpenConnection("1000").ok());
  EXPECT_TRUE(bounds_.OpenConnection("1000").ok());
  EXPECT_EQ(BoundOf(bounds_.OpenConnection("1000")), "max_connections_per_user");
  EXPECT_TRUE(bounds_.OpenConnection("1001").ok());
  bounds_.CloseConnection("1000");
  EXPECT_TRUE(bounds_.OpenConnection("1000").ok());
  EXPECT_EQ(bounds_.UsageOf("1000").connections, 2u);
}

TEST_F(UserBoundsTest, WhoseCallsComeToNothingTooFastIsDisconnectedForAMoment) {
  std::vector<std::string> disconnected;
  bounds_.OnFruitless([&](const std::string& user) { disconnected.push_back(user); });
  for (int i = 0; i < 50; ++i) ASSERT_TRUE(bounds_.CountFruitless("1000")) << i;
  EXPECT_FALSE(bounds_.CountFruitless("1000"));
  EXPECT_FALSE(bounds_.CountFruitless("1000")) << "was on its way";
  EXPECT_EQ(disconnected, std::vector<std::string>{"1000"});
  EXPECT_EQ(BoundOf(bounds_.OpenConnection("1000")), "max_fruitless_calls_per_second_per_user");
  EXPECT_TRUE(bounds_.OpenConnection("1001").ok());
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(bounds_.OpenConnection("1000").ok());
  for (int i = 0; i < 10; ++i) EXPECT_TRUE(bounds_.CountFruitless("1000")) << i;
  EXPECT_FALSE(bounds_.CountFruitless("1000"));
  EXPECT_EQ(disconnected.size(), 2u);
  clock_.Advance(absl::Seconds(1));
  EXPECT_FALSE(bounds_.OpenConnection("1000").ok()) << "twice as long, the second time";
  clock_.Advance(absl::Seconds(1));
  EXPECT_TRUE(bounds_.OpenConnection("1000").ok());
  bounds_.OnFruitless(nullptr);
  for (int i = 0; i < 21; ++i) bounds_.CountFruitless("1000");
  EXPECT_EQ(disconnected.size(), 2u);
}

TEST_F(UserBoundsTest, CallsThatAreGivenUpAtOnceAreFruitless) {
  const auto call = [this](absl::Duration wait) {
    absl::StatusOr<CallPermit> permit = bounds_.BeginCall("1000");
    clock_.Advance(wait);
    if (permit.ok()) permit->Abandon();
    return BoundOf(permit.status());
  };
  for (int i = 0; i < 100; ++i) ASSERT_EQ(call(absl::Milliseconds(101)), "") << i;
  for (int i = 0; i < 50; ++i) ASSERT_EQ(call(absl::ZeroDuration()), "") << i;
  EXPECT_EQ(call(absl::ZeroDuration()), "max_fruitless_calls_per_second_per_user");
}

TEST_F(UserBoundsTest, WhoHasAllItsCallsGetsNoMoreConnections) {
  std::vector<CallPermit> calls;
  absl::StatusOr<CallPermit> call = bounds_.BeginCall("1000");
  for (; call.ok(); call = bounds_.BeginCall("1000")) calls.push_back(*std::move(call));
  EXPECT_EQ(BoundOf(call.status()), "max_calls_per_user");
  EXPECT_EQ(BoundOf(bounds_.OpenConnection("1000")), "max_calls_per_user");
  EXPECT_TRUE(bounds_.OpenConnection("1001").ok());
  calls.pop_back();
  EXPECT_TRUE(bounds_.OpenConnection("1000").ok());
}

TEST_F(UserBoundsTest, NewConnectionsHaveARateWithABurst) {
  const auto come = [this] {
    const absl::Status opened = bounds_.OpenConnection("1000");
    if (opened.ok()) bounds_.CloseConnection("1000");
    return opened;
  };
  for (int i = 0; i < 5; ++i) ASSERT_TRUE(come().ok()) << i;
  EXPECT_EQ(BoundOf(come()), "max_new_connections_per_second_per_user");
  clock_.Advance(absl::Milliseconds(100));
  EXPECT_TRUE(come().ok());
  EXPECT_FALSE(come().ok());
}

TEST_F(UserBoundsTest, CallsInFlightAreCountedUntilTheirEnd) {
  std::vector<CallPermit> calls;
  for (int i = 0; i < 3; ++i) {
    absl::StatusOr<CallPermit> call = bounds_.BeginCall("1000");
    ASSERT_TRUE(call.ok());
    calls.push_back(*std::move(call));
  }
  EXPECT_EQ(BoundOf(bounds_.BeginCall("1000").status()), "max_calls_per_user");
  EXPECT_TRUE(bounds_.BeginCall("1001").ok());
  calls.pop_back();
  EXPECT_TRUE(bounds_.BeginCall("1000").ok());
  EXPECT_EQ(bounds_.UsageOf("1000").calls, 2u);
}

TEST_F(UserBoundsTest, NewCallsHaveARateWithABurst) {
  for (int i = 0; i < 1000; ++i) ASSERT_TRUE(bounds_.BeginCall("1000").ok()) << i;
  EXPECT_EQ(BoundOf(bounds_.BeginCall("1000").status()), "max_new_calls_per_second_per_user");
  clock_.Advance(absl::Milliseconds(10));
  EXPECT_TRUE(bounds_.BeginCall("1000").ok());
}

TEST_F(UserBoundsTest, NoCallBeginsBehindAnswersThatNobodyReads) {
  absl::StatusOr<CallPermit> first = bounds_.BeginCall("1000");
  ASSERT_TRUE(first.ok());
  first->Charge(1 << 20);
  EXPECT_EQ(BoundOf(bounds_.BeginCall("1000").status()), "max_buffered_bytes_per_user");
  EXPECT_TRUE(bounds_.BeginCall("1001").ok());
  *first = CallPermit();
  EXPECT_TRUE(bounds_.BeginCall("1000").ok());
  EXPECT_EQ(bounds_.UsageOf("1000").buffered_bytes, 0u);
}

TEST_F(UserBoundsTest, StreamsThatAreNotReadGetShorterPiecesAndShareAQuarterOfTheAllowance) {
  UserBounds::Options options;
  options.max_buffered_bytes = uint64_t{64} << 20;
  options.max_calls = 500;
  UserBounds bounds(options, &clock_);
  std::vector<CallPermit> streams;
  size_t shortest = kChunk;
  for (int i = 0; i < 500; ++i) {
    absl::StatusOr<CallPermit> call = bounds.BeginCall("1000");
    ASSERT_TRUE(call.ok()) << i;
    const size_t portion = call->Portion(kChunk);
    EXPECT_TRUE(i > 0 || portion == kChunk);
    EXPECT_LE(portion, shortest);
    shortest = portion;
    call->Charge(2 * portion);
    streams.push_back(*std::move(call));
  }
  EXPECT_GE(shortest, 1024u);
  EXPECT_LE(bounds.UsageOf("1000").buffered_bytes, (uint64_t{16} << 20) + 500 * 2 * 1024);
}

TEST_F(UserBoundsTest, AFewRefusalsASecondAreExplained) {
  int explained = 0;
  for (int i = 0; i < 100; ++i) explained += bounds_.MayExplain("1000") ? 1 : 0;
  EXPECT_GE(explained, 1);
  EXPECT_LT(explained, 20);
  EXPECT_TRUE(bounds_.MayExplain("1001"));
}

TEST_F(UserBoundsTest, WhoHoldsSomethingIsNotForgotten) {
  const absl::StatusOr<CallPermit> call = bounds_.BeginCall("held");
  ASSERT_TRUE(call.ok());
  ASSERT_TRUE(bounds_.OpenConnection("connected").ok());
  clock_.Advance(absl::Minutes(1));
  for (int i = 0; i < 5000; ++i) ASSERT_TRUE(bounds_.BeginCall(absl::StrCat("u", i)).ok());
  EXPECT_EQ(bounds_.UsageOf("held").calls, 1u);
  EXPECT_EQ(bounds_.UsageOf("connected").connections, 1u);
}

TEST_F(UserBoundsTest, AnEmptyPermitIsCountedNowhere) {
  CallPermit permit;
  permit.Charge(100);
  EXPECT_EQ(permit.Portion(kChunk), kChunk);
}

}  // namespace
}  // namespace proctor
