#include "agent/job/event_ring.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdint>
#include <limits>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace proctor {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

uint64_t AppendNext(EventRing& ring) {
  auto event = std::make_shared<EventRing::Event>();
  event->job_id = "a job";
  return ring.Append(std::move(event));
}

std::vector<uint64_t> Sequences(const absl::StatusOr<std::vector<EventRing::EventPtr>>& events) {
  EXPECT_TRUE(events.ok()) << events.status();
  std::vector<uint64_t> sequences;
  if (!events.ok()) return sequences;
  for (const EventRing::EventPtr& event : *events) {
    EXPECT_EQ(event->job_id, "a job");
    sequences.push_back(event->sequence);
  }
  return sequences;
}

TEST(EventRingTest, NumbersFromOneWithoutGaps) {
  EventRing ring(4);
  EXPECT_EQ(ring.last_sequence(), 0u);
  EXPECT_EQ(AppendNext(ring), 1u);
  EXPECT_EQ(AppendNext(ring), 2u);
  EXPECT_EQ(ring.last_sequence(), 2u);
}

TEST(EventRingTest, AnEmptyRingHasNothingAfterZero) {
  const EventRing ring(4);
  EXPECT_THAT(Sequences(ring.After(0, 10)), IsEmpty());
  EXPECT_EQ(ring.After(1, 10).status().code(), absl::StatusCode::kOutOfRange);
}

TEST(EventRingTest, GivesWhatFollowsOldestFirst) {
  EventRing ring(4);
  for (int i = 0; i < 3; ++i) AppendNext(ring);
  EXPECT_THAT(Sequences(ring.After(0, 10)), ElementsAre(1, 2, 3));
  EXPECT_THAT(Sequences(ring.After(2, 10)), ElementsAre(3));
  EXPECT_THAT(Sequences(ring.After(3, 10)), IsEmpty());
}

TEST(EventRingTest, GivesAtMostWhatWasAskedFor) {
  EventRing ring(8);
  for (int i = 0; i < 8; ++i) AppendNext(ring);
  EXPECT_THAT(Sequences(ring.After(2, 3)), ElementsAre(3, 4, 5));
  EXPECT_THAT(Sequences(ring.After(2, 0)), IsEmpty());
}

TEST(EventRingTest, ForgetsTheOldestAndSaysSo) {
  EventRing ring(3);
  for (int i = 0; i < 5; ++i) AppendNext(ring);
  EXPECT_THAT(Sequences(ring.After(2, 10)), ElementsAre(3, 4, 5));
  EXPECT_EQ(ring.After(1, 10).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ring.After(0, 10).status().code(), absl::StatusCode::kOutOfRange);
}

TEST(EventRingTest, TheFutureIsOutOfRange) {
  EventRing ring(3);
  AppendNext(ring);
  EXPECT_EQ(ring.After(2, 10).status().code(), absl::StatusCode::kOutOfRange);
  EXPECT_EQ(ring.After(std::numeric_limits<uint64_t>::max(), 10).status().code(),
            absl::StatusCode::kOutOfRange);
}

TEST(EventRingTest, AnEventIsRenderedOnceForAllWhoWatch) {
  EventRing ring(2);
  auto event = std::make_shared<EventRing::Event>();
  event->job_id = "a job";
  event->kind = v1::WatchJobsResponse::JOB_STARTED;
  event->owner = std::make_shared<const Principal>(Principal::Posix(7, 7, {}, "seven"));
  ring.Append(std::move(event));
  const std::string& first = ring.After(0, 1)->front()->Render("life");
  EXPECT_EQ(&ring.After(0, 1)->front()->Render("life"), &first);
  v1::WatchJobsResponse parsed;
  ASSERT_TRUE(parsed.ParseFromString(first));
  EXPECT_EQ(parsed.sequence(), 1u);
  EXPECT_EQ(parsed.job_id(), "a job");
  EXPECT_EQ(parsed.owner().name(), "seven");
}

TEST(EventRingTest, ACapacityOfNoneHoldsOne) {
  EventRing ring(0);
  AppendNext(ring);
  AppendNext(ring);
  EXPECT_THAT(Sequences(ring.After(1, 10)), ElementsAre(2));
}

}  // namespace
}  // namespace proctor
