#include "agent/jobhost/spool_bound.h"

#include "gtest/gtest.h"

namespace proctor::jobhost {
namespace {

TEST(SpoolBound, KeepsUpToTheLimitAndCountsTheRest) {
  SpoolBound bound(100);
  EXPECT_EQ(bound.Room(60), 60u);
  bound.Kept(60);
  EXPECT_EQ(bound.Room(60), 40u);
  bound.Kept(40);
  EXPECT_EQ(bound.Room(60), 0u);
  EXPECT_EQ(bound.drop(), DROP_NONE);
  bound.Dropped(20);
  EXPECT_EQ(bound.kept(), 100u);
  EXPECT_EQ(bound.dropped(), 20u);
  EXPECT_EQ(bound.drop(), LIMIT);
}

TEST(SpoolBound, ExactlyTheLimitDropsNothing) {
  SpoolBound bound(10);
  bound.Kept(bound.Room(10));
  EXPECT_EQ(bound.dropped(), 0u);
  EXPECT_EQ(bound.drop(), DROP_NONE);
}

TEST(SpoolBound, AFullSpoolTakesNoMoreAndTheFirstReasonStays) {
  SpoolBound bound(100);
  bound.Kept(10);
  bound.Stop(FULL);
  bound.Stop(ERROR);
  EXPECT_EQ(bound.Room(1), 0u);
  EXPECT_EQ(bound.drop(), DROP_NONE) << "nothing was dropped yet";
  bound.Dropped(5);
  EXPECT_EQ(bound.drop(), FULL);
  EXPECT_EQ(bound.kept(), 10u);
}

TEST(SpoolBound, WithoutALimitToKeepEverythingIsDropped) {
  SpoolBound bound(0);
  EXPECT_EQ(bound.Room(1000), 0u);
  bound.Dropped(1000);
  EXPECT_EQ(bound.drop(), LIMIT);
}

}  // namespace
}  // namespace proctor::jobhost
