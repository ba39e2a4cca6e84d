#include "agent/job/spec_identity.h"

#include <gtest/gtest.h>

#include <string>

namespace proctor {
namespace {

const char kKey[] = "0123456789abcdef0123456789abcdef";

v1::LaunchSpec Spec() {
  v1::LaunchSpec spec;
  spec.add_argv("/bin/true");
  (*spec.mutable_environment()->mutable_variables())["TOKEN"] = "hunter2";
  (*spec.mutable_environment()->mutable_variables())["LANG"] = "C";
  (*spec.mutable_labels())["a"] = "1";
  (*spec.mutable_labels())["b"] = "2";
  spec.mutable_standard_input()->set_data("pass phrase");
  return spec;
}

bool Same(const v1::LaunchSpec& a, const v1::LaunchSpec& b) {
  return SameSpec(IdentifySpec(a, kKey), IdentifySpec(b, kKey));
}

TEST(SpecIdentityTest, NoSecretIsInThePublicPart) {
  const SpecIdentity identity = IdentifySpec(Spec(), kKey);
  const std::string bytes = identity.public_spec.SerializeAsString();
  EXPECT_EQ(bytes.find("hunter2"), std::string::npos);
  EXPECT_EQ(bytes.find("pass phrase"), std::string::npos);
  EXPECT_EQ(identity.public_spec.environment().variables().size(), 2u);
  EXPECT_EQ(identity.public_spec.environment().variables().at("TOKEN"), "");
  EXPECT_EQ(identity.public_spec.argv(0), "/bin/true");
  EXPECT_EQ(identity.secret_digest.size(), 32u);
}

TEST(SpecIdentityTest, NoBufferOfASecretIsKept) {
  v1::LaunchSpec spec = Spec();
  spec.mutable_standard_input()->set_data(std::string(100'000, 'x'));
  (*spec.mutable_environment()->mutable_variables())["TOKEN"] = std::string(100'000, 'x');
  spec.mutable_byte_strings()->add_environment("KEY=" + std::string(100'000, 'x'));
  const v1::LaunchSpec kept = PublicSpec(spec);
  EXPECT_LT(kept.standard_input().data().capacity(), 100u);
  EXPECT_LT(kept.environment().variables().at("TOKEN").capacity(), 100u);
  EXPECT_LT(kept.byte_strings().environment(0).capacity(), 100u);
}

TEST(SpecIdentityTest, VariablesOfBytesAreSecretAndCount) {
  v1::LaunchSpec spec = Spec();
  spec.mutable_byte_strings()->add_environment("KEY=swordfish\xff");
  const SpecIdentity identity = IdentifySpec(spec, kKey);
  EXPECT_EQ(identity.public_spec.SerializeAsString().find("swordfish"), std::string::npos);
  EXPECT_EQ(identity.public_spec.byte_strings().environment(0), "KEY=");
  EXPECT_TRUE(Same(spec, spec));
  EXPECT_FALSE(Same(spec, Spec()));
  v1::LaunchSpec other = Spec();
  other.mutable_byte_strings()->add_environment("KEY=swordfish\xfe");
  EXPECT_FALSE(Same(spec, other));
}

TEST(SpecIdentityTest, ArgumentsOfBytesCount) {
  v1::LaunchSpec a;
  a.mutable_byte_strings()->add_argv("/bin/\xff");
  v1::LaunchSpec b;
  b.mutable_byte_strings()->add_argv("/bin/\xfe");
  EXPECT_TRUE(Same(a, a));
  EXPECT_FALSE(Same(a, b));
}

TEST(SpecIdentityTest, TheSameContentIsTheSameSpec) { EXPECT_TRUE(Same(Spec(), Spec())); }

TEST(SpecIdentityTest, TheOrderInWhichMapsWereFilledDoesNotCount) {
  v1::LaunchSpec other;
  (*other.mutable_labels())["b"] = "2";
  (*other.mutable_labels())["a"] = "1";
  (*other.mutable_environment()->mutable_variables())["LANG"] = "C";
  (*other.mutable_environment()->mutable_variables())["TOKEN"] = "hunter2";
  other.mutable_standard_input()->set_data("pass phrase");
  other.add_argv("/bin/true");
  EXPECT_TRUE(Same(Spec(), other));
}

TEST(SpecIdentityTest, AnotherSecretIsAnotherSpec) {
  v1::LaunchSpec value = Spec();
  (*value.mutable_environment()->mutable_variables())["TOKEN"] = "hunter3";
  EXPECT_FALSE(Same(Spec(), value));
  v1::LaunchSpec input = Spec();
  input.mutable_standard_input()->set_data("pass phrasf");
  EXPECT_FALSE(Same(Spec(), input));
}

TEST(SpecIdentityTest, AnythingElseThatDiffersIsAnotherSpec) {
  v1::LaunchSpec argument = Spec();
  argument.add_argv("");
  EXPECT_FALSE(Same(Spec(), argument));
  v1::LaunchSpec label = Spec();
  (*label.mutable_labels())["a"] = "2";
  EXPECT_FALSE(Same(Spec(), label));
  v1::LaunchSpec name = Spec();
  name.mutable_environment()->mutable_variables()->erase("LANG");
  EXPECT_FALSE(Same(Spec(), name));
  v1::LaunchSpec grace = Spec();
  grace.mutable_kill_policy()->mutable_grace_period()->set_nanos(1);
  EXPECT_FALSE(Same(Spec(), grace));
}

TEST(SpecIdentityTest, ValuesCannotBeMovedBetweenNamesUnseen) {
  v1::LaunchSpec a;
  v1::LaunchSpec b;
  (*a.mutable_environment()->mutable_variables())["A"] = "xB";
  (*a.mutable_environment()->mutable_variables())["B"] = "";
  (*b.mutable_environment()->mutable_variables())["A"] = "x";
  (*b.mutable_environment()->mutable_variables())["B"] = "B";
  EXPECT_NE(IdentifySpec(a, kKey).secret_digest, IdentifySpec(b, kKey).secret_digest);
  v1::LaunchSpec input;
  input.mutable_standard_input()->set_data("A");
  v1::LaunchSpec variable;
  (*variable.mutable_environment()->mutable_variables())["A"] = "";
  EXPECT_NE(IdentifySpec(input, kKey).secret_digest, IdentifySpec(variable, kKey).secret_digest);
}

TEST(SpecIdentityTest, TheDigestDependsOnTheKey) {
  EXPECT_NE(IdentifySpec(Spec(), kKey).secret_digest,
            IdentifySpec(Spec(), "another key").secret_digest);
  EXPECT_FALSE(SameSpec(IdentifySpec(Spec(), kKey), IdentifySpec(Spec(), "another key")));
}

TEST(SpecIdentityTest, ADamagedDigestMatchesNothing) {
  SpecIdentity damaged = IdentifySpec(Spec(), kKey);
  damaged.secret_digest.clear();
  EXPECT_FALSE(SameSpec(damaged, damaged));
  EXPECT_FALSE(SameSpec(damaged, IdentifySpec(Spec(), kKey)));
}

// Digests on disk outlive a release. HMAC-SHA256 of eight zero bytes: a stdin of length 0.
TEST(SpecIdentityTest, TheEncodingIsPinned) {
  const std::string digest = IdentifySpec(v1::LaunchSpec(), "Jefe").secret_digest;
  std::string hex;
  for (const unsigned char c : digest) {
    hex += "0123456789abcdef"[c >> 4];
    hex += "0123456789abcdef"[c & 15];
  }
  EXPECT_EQ(hex, "e62981925ed82120e6e8f9f18b27a4474b34ed069ed98f2a8d4686863fb58bc2");
}

}  // namespace
}  // namespace proctor
