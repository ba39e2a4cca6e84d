#include "client/session_opening.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/synchronization/notification.h"

namespace proctor {
namespace {

using ::testing::ElementsAre;

SessionPatience For(absl::Duration timeout, absl::Duration at_most = absl::InfiniteDuration()) {
  SessionPatience patience;
  patience.timeout = timeout;
  patience.at_most = at_most;
  return patience;
}

// An opening that tells what it waits for, and ends when it is told to.
class WaitingOpening {
 public:
  explicit WaitingOpening(Awaited awaited)
      : opening_([this, awaited = std::move(awaited)](std::stop_token stop, OnAwaiting tell) {
          tell(awaited);
          told_.Notify();
          const std::stop_callback stopped(stop, [this] { End(); });
          ended_.WaitForNotification();
          return SessionOpening::Result(absl::NotFoundError("the end"));
        }) {
    told_.WaitForNotification();
  }
  void End() {
    if (!ended_.HasBeenNotified()) ended_.Notify();
  }
  SessionOpening& operator*() { return opening_; }
  SessionOpening* operator->() { return &opening_; }

 private:
  absl::Notification told_;
  absl::Notification ended_;
  SessionOpening opening_;
};

const absl::Status kLate = absl::UnavailableError("the KDC is late");
const absl::Status kEnd = absl::NotFoundError("the end");

TEST(SessionOpeningTest, EachWaitsAsLongAsItMayAndItGoesOn) {
  WaitingOpening opening({"the KDC", kLate});
  EXPECT_EQ(opening->Await(For(absl::Milliseconds(1))).status(), kLate);
  EXPECT_EQ(opening->Await(For(absl::Hours(1), absl::Milliseconds(1))).status(), kLate);
  EXPECT_FALSE(opening->ended());
  opening.End();
  EXPECT_EQ(opening->Await(For(absl::Minutes(1))).status(), kEnd);
  EXPECT_TRUE(opening->ended());
}

TEST(SessionOpeningTest, WhatAPersonNeedsCountsForTheDeadlineOnly) {
  WaitingOpening opening({"the password", kLate, /*person=*/true});
  SessionOpening::Result patient;
  std::thread waits([&] { patient = opening->Await(For(absl::Milliseconds(1))); });
  // Time passes meanwhile.
  EXPECT_EQ(opening->Await(For(absl::Milliseconds(1), absl::Milliseconds(100))).status(), kLate);
  opening.End();
  waits.join();
  EXPECT_EQ(patient.status(), kEnd);
}

TEST(SessionOpeningTest, WhatTakesLongIsToldOnce) {
  WaitingOpening opening({"the KDC", kLate});
  std::vector<std::string> told;
  SessionPatience patience = For(absl::Milliseconds(1500));
  patience.on_waiting = [&](const std::string& what) { told.push_back(what); };
  EXPECT_EQ(opening->Await(patience).status(), kLate);
  EXPECT_THAT(told, ElementsAre("the KDC"));
}

TEST(SessionOpeningTest, AStopOfOneWaitIsNoStopOfTheOpening) {
  WaitingOpening opening({"the KDC", kLate});
  std::stop_source stop;
  SessionPatience patience = For(absl::Hours(1));
  patience.stop = stop.get_token();
  std::thread stopper([&] { stop.request_stop(); });
  EXPECT_TRUE(absl::IsCancelled(opening->Await(patience).status()));
  stopper.join();
  EXPECT_EQ(opening->Await(For(absl::Milliseconds(100))).status(), kLate);
}

}  // namespace
}  // namespace proctor
