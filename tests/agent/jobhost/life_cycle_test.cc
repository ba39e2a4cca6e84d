#include "agent/jobhost/life_cycle.h"

#include <gtest/gtest.h>

#include <iterator>
#include <vector>

namespace proctor::jobhost {
namespace {

using State = LifeCycle::State;

enum class Event {
  kBeginLaunch,
  kStarted,
  kMainEnded,
  kTreeEmptied,       // And all output is at its end.
  kTreeEmptiedFirst,  // Two streams are not.
  kStreamEnded,
  kEnd,
  kFailLaunch,
};

// What the event said, where it says something.
bool Meet(LifeCycle* life, Event event) {
  switch (event) {
    case Event::kBeginLaunch:
      return life->BeginLaunch();
    case Event::kStarted:
      life->Started();
      return true;
    case Event::kMainEnded:
      life->MainEnded();
      return true;
    case Event::kTreeEmptied:
      return life->TreeEmptied(0);
    case Event::kTreeEmptiedFirst:
      return life->TreeEmptied(2);
    case Event::kStreamEnded:
      return life->StreamEnded();
    case Event::kEnd:
      life->End();
      return true;
    case Event::kFailLaunch:
      life->FailLaunch();
      return true;
  }
  return false;
}

constexpr Event kEvents[] = {Event::kBeginLaunch, Event::kStarted,          Event::kMainEnded,
                             Event::kTreeEmptied, Event::kTreeEmptiedFirst, Event::kStreamEnded,
                             Event::kEnd,         Event::kFailLaunch};

// A state, the way there, and where each event of kEvents leads from it.
struct Row {
  State state;
  Phase phase;
  std::vector<Event> way;
  std::vector<State> next;
};

const std::vector<Row>& Rows() {
  constexpr State kQ = State::kQueued;
  constexpr State kL = State::kLaunching;
  constexpr State kR = State::kRunning;
  constexpr State kD = State::kDraining;
  constexpr State kO = State::kFinishing;
  constexpr State kF = State::kFinal;
  constexpr State kX = State::kLaunchFailed;
  const Event begin = Event::kBeginLaunch;
  const Event started = Event::kStarted;
  const Event main = Event::kMainEnded;
  static const auto* const kRows = new std::vector<Row>{
      //                          begin start main empty first stream end fail
      {kQ, PENDING, {}, {kL, kQ, kQ, kQ, kQ, kQ, kF, kX}},
      {kL, PENDING, {begin}, {kL, kR, kL, kL, kL, kL, kF, kX}},
      {kR, RUNNING, {begin, started}, {kR, kR, kD, kR, kR, kR, kF, kR}},
      {kD, DRAINING, {begin, started, main}, {kD, kD, kD, kO, kO, kD, kF, kD}},
      {kO,
       DRAINING,
       {begin, started, main, Event::kTreeEmptiedFirst},
       {kO, kO, kO, kO, kO, kO, kF, kO}},
      {kF, FINAL, {begin, Event::kEnd}, {kF, kF, kF, kF, kF, kF, kF, kF}},
      {kX, LAUNCH_FAILED, {begin, Event::kFailLaunch}, {kX, kX, kX, kX, kX, kX, kX, kX}},
  };
  return *kRows;
}

TEST(LifeCycleTest, EachEventInEachState) {
  for (const Row& row : Rows()) {
    ASSERT_EQ(row.next.size(), std::size(kEvents));
    for (size_t i = 0; i < std::size(kEvents); ++i) {
      SCOPED_TRACE(testing::Message()
                   << "state " << static_cast<int>(row.state) << ", event " << i);
      LifeCycle life;
      for (const Event event : row.way) Meet(&life, event);
      ASSERT_EQ(life.state(), row.state);
      EXPECT_EQ(life.phase(), row.phase);
      EXPECT_EQ(life.ended(), row.phase == FINAL || row.phase == LAUNCH_FAILED);
      EXPECT_EQ(life.main_alive(), row.phase == RUNNING);
      Meet(&life, kEvents[i]);
      EXPECT_EQ(life.state(), row.next[i]);
    }
  }
}

TEST(LifeCycleTest, OnlyOneLauncherTakesAJob) {
  LifeCycle life;
  EXPECT_TRUE(life.queued());
  EXPECT_TRUE(life.BeginLaunch());
  EXPECT_TRUE(life.launching());
  EXPECT_FALSE(life.BeginLaunch());
  LifeCycle ended;
  ended.End();
  EXPECT_FALSE(ended.BeginLaunch());
}

LifeCycle Draining() {
  LifeCycle life;
  for (const Event event : {Event::kBeginLaunch, Event::kStarted, Event::kMainEnded}) {
    Meet(&life, event);
  }
  return life;
}

TEST(LifeCycleTest, AJobIsThroughWithTheLastOfItsOutputOnce) {
  LifeCycle silent = Draining();
  EXPECT_TRUE(silent.TreeEmptied(0));
  EXPECT_FALSE(silent.TreeEmptied(0));
  EXPECT_FALSE(silent.StreamEnded());
  LifeCycle loud = Draining();
  EXPECT_FALSE(loud.StreamEnded()) << "others of the tree may print still";
  EXPECT_FALSE(loud.TreeEmptied(2));
  EXPECT_FALSE(loud.StreamEnded());
  EXPECT_TRUE(loud.StreamEnded());
  EXPECT_FALSE(loud.StreamEnded());
  LifeCycle given_up = Draining();
  EXPECT_FALSE(given_up.TreeEmptied(1));
  given_up.End();
  EXPECT_FALSE(given_up.StreamEnded());
}

}  // namespace
}  // namespace proctor::jobhost
