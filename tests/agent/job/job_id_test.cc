#include "agent/job/job_id.h"

#include <gtest/gtest.h>

#include <set>
#include <string>

namespace proctor {
namespace {

TEST(JobIdTest, IsTwentySixCharactersOfLowerCaseCrockfordBase32) {
  EXPECT_EQ(NewJobId().find_first_not_of("0123456789abcdefghjkmnpqrstvwxyz"), std::string::npos);
  EXPECT_EQ(NewJobId().size(), 26u);
  EXPECT_TRUE(IsJobId(NewJobId()));
}

TEST(JobIdTest, NoTwoAreAlike) {
  std::set<std::string> ids;
  for (int i = 0; i < 10'000; ++i) EXPECT_TRUE(ids.insert(NewJobId()).second);
}

TEST(JobIdTest, EveryBitVaries) {
  // The last digit carries three bits, all others five.
  std::set<char> seen[26];
  for (int i = 0; i < 4'000; ++i) {
    const std::string id = NewJobId();
    for (size_t digit = 0; digit < id.size(); ++digit) seen[digit].insert(id[digit]);
  }
  for (size_t digit = 0; digit < 25; ++digit) EXPECT_EQ(seen[digit].size(), 32u) << digit;
  EXPECT_EQ(seen[25].size(), 8u);
}

TEST(JobIdTest, WhatCouldLeadElsewhereIsNoJobId) {
  const std::string id = NewJobId();
  EXPECT_FALSE(IsJobId(""));
  EXPECT_FALSE(IsJobId(id.substr(1)));
  EXPECT_FALSE(IsJobId(id + "0"));
  EXPECT_FALSE(IsJobId("../../../../../etc/passwd0"));
  EXPECT_FALSE(IsJobId(std::string(26, '\0')));
  EXPECT_FALSE(IsJobId(std::string(26, 'A')));
  EXPECT_FALSE(IsJobId(std::string(26, 'u')));
  EXPECT_FALSE(IsJobId(std::string(26, '\xff')));
}

}  // namespace
}  // namespace proctor
