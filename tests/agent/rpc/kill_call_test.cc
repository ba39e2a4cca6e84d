#include "agent/rpc/kill_call.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

TEST(KillCallTest, AKillThatIsNotConfirmedSaysWhatIsHeld) {
  EXPECT_THAT(UnconfirmedKillText(3), HasSubstr("3 processes have not ended"));
  EXPECT_THAT(UnconfirmedKillText(1), HasSubstr("1 process has not ended"));
  EXPECT_THAT(UnconfirmedKillText(0), HasSubstr("output cannot be finished"));
  EXPECT_THAT(UnconfirmedKillText(0), Not(HasSubstr("0 process")));
}

}  // namespace
}  // namespace proctor
