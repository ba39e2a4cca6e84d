#include "agent/token/principal.h"

#include <gtest/gtest.h>

namespace proctor {
namespace {

TEST(PrincipalTest, IsKeyedByItsUid) {
  EXPECT_EQ(Principal::Posix(1000, 1000, {}, "alice").key(), "1000");
  EXPECT_EQ(Principal::Posix(1000, 1000, {}, "alice").ToString(), "alice (uid 1000)");
  EXPECT_EQ(Principal::Posix(1000, 1000, {}, "").ToString(), "uid 1000");
}

TEST(PrincipalTest, MembershipIsByGidOrSupplementaryGroup) {
  const Principal alice = Principal::Posix(1000, 100, {30, 20}, "");
  EXPECT_TRUE(alice.IsMemberOf(100));
  EXPECT_TRUE(alice.IsMemberOf(20));
  EXPECT_FALSE(alice.IsMemberOf(0));
  EXPECT_FALSE(alice.IsSuperuser());
}

TEST(PrincipalTest, WithoutAnIdentityNobodyIsTheSuperuser) {
  const Principal nobody{v1::Principal()};
  EXPECT_FALSE(nobody.IsSuperuser());
  EXPECT_FALSE(nobody.IsMemberOf(0)) << "an unset gid reads as 0";
}

}  // namespace
}  // namespace proctor
