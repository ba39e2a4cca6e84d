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
  EXPECT_TRUE(alice.IsMemberOf("100"));
  EXPECT_TRUE(alice.IsMemberOf("20"));
  EXPECT_FALSE(alice.IsMemberOf("0"));
  EXPECT_FALSE(alice.IsSuperuser());
}

TEST(PrincipalTest, AWindowsAccountIsItsSid) {
  v1::Principal proto;
  proto.set_name("REALM\\alice");
  proto.mutable_windows()->set_sid("S-1-5-21-1-2-3-1001");
  proto.mutable_windows()->add_group_sids("S-1-5-32-544");
  const Principal alice(proto);
  EXPECT_EQ(alice.key(), "S-1-5-21-1-2-3-1001");
  EXPECT_EQ(alice.ToString(), "REALM\\alice (S-1-5-21-1-2-3-1001)");
  EXPECT_TRUE(alice.IsMemberOf("S-1-5-32-544"));
  EXPECT_FALSE(alice.IsMemberOf("S-1-5-32-545"));
  EXPECT_FALSE(alice.IsSuperuser());
  proto.mutable_windows()->set_sid("S-1-5-18");
  EXPECT_TRUE(Principal(proto).IsSuperuser());
}

TEST(PrincipalTest, WithoutAnIdentityNobodyIsTheSuperuser) {
  const Principal nobody{v1::Principal()};
  EXPECT_FALSE(nobody.IsSuperuser());
  EXPECT_FALSE(nobody.IsMemberOf("0")) << "an unset gid reads as 0";
}

}  // namespace
}  // namespace proctor
