#include "agent/caller/binding_set.h"

#include <gtest/gtest.h>

#include "tests/agent/fake_clock.h"

namespace proctor {
namespace {

TEST(BindingSetTest, TheReplacedCertificateIsGoodForAWhile) {
  FakeClock clock;
  BindingSet bindings("first", &clock);
  EXPECT_FALSE(bindings.Accepts(""));
  EXPECT_FALSE(bindings.Accepts("second"));
  bindings.Replace("second");
  EXPECT_TRUE(bindings.Accepts("first"));
  EXPECT_TRUE(bindings.Accepts("second"));
  clock.Advance(BindingSet::kOverlap);
  EXPECT_FALSE(bindings.Accepts("first"));
  EXPECT_TRUE(bindings.Accepts("second"));
}

TEST(BindingSetTest, TheSameCertificateAgainIsNoChange) {
  FakeClock clock;
  BindingSet bindings("first", &clock);
  bindings.Replace("second");
  clock.Advance(BindingSet::kOverlap);
  bindings.Replace("second");
  EXPECT_FALSE(bindings.Accepts("first"));
}

}  // namespace
}  // namespace proctor
