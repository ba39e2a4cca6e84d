#include "agent/caller/kerberos/principal_realm.h"

#include <gtest/gtest.h>

namespace proctor {
namespace {

TEST(RealmOfPrincipalTest, IsWhatFollowsTheSeparator) {
  EXPECT_EQ(RealmOfPrincipal("alice@EXAMPLE.COM"), "EXAMPLE.COM");
  EXPECT_EQ(RealmOfPrincipal("proctor/host.example.com@EXAMPLE.COM"), "EXAMPLE.COM");
  EXPECT_EQ(RealmOfPrincipal("alice\\@OTHER@EXAMPLE.COM"), "EXAMPLE.COM");
  EXPECT_EQ(RealmOfPrincipal("alice"), "");
  EXPECT_EQ(RealmOfPrincipal("alice\\"), "");
}

TEST(RealmOfPrincipalTest, ARealmThatEndsLikeAnotherIsNone) {
  EXPECT_EQ(RealmOfPrincipal("alice@X\\@EXAMPLE.COM"), "");
}

TEST(IsNameOfComputerTest, ADollarBeforeTheRealmMakesIt) {
  EXPECT_TRUE(IsNameOfComputer("builder$@EXAMPLE.COM"));
  EXPECT_TRUE(IsNameOfComputer("builder$"));
  EXPECT_TRUE(IsNameOfComputer("odd\\@name$@EXAMPLE.COM"));
  EXPECT_FALSE(IsNameOfComputer("alice@EXAMPLE.COM"));
  EXPECT_FALSE(IsNameOfComputer("cash$flow@EXAMPLE.COM"));
  EXPECT_FALSE(IsNameOfComputer("alice@EXAMPLE$"));
  EXPECT_FALSE(IsNameOfComputer("@EXAMPLE.COM"));
}

}  // namespace
}  // namespace proctor
