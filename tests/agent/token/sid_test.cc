#include "agent/token/sid.h"

#include <gtest/gtest.h>

#include <string>

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

TEST(SidTest, OnlyTheOneTextOfASidIsOne) {
  for (const char* sid : {"S-1-5-18", "S-1-1-0", "S-1-5-32-544", "S-1-5-21-1-2-3-1104",
                          "S-1-5-21-4294967295-0-3-1104", "S-1-0x00ff00000000-1"}) {
    EXPECT_TRUE(IsSid(sid)) << sid;
  }
  for (const char* other : {"",
                            "S",
                            "S-1",
                            "S-1-5",
                            "s-1-5-18",
                            "S-2-5-18",
                            "S-1-5-018",
                            "S-1-5-",
                            "S-1-5-18 ",
                            "S-1-5--18",
                            "S-1-5-4294967296",
                            "S-1-5-+1",
                            "S-1-05-18",
                            "S-1-0x5-18",
                            "S-1-4294967296-1",
                            "S-1-0x000000000005-18",
                            "S-1-0xFF0000000000-1",
                            "BA",
                            "alice",
                            "S-1-5-0x12"}) {
    EXPECT_FALSE(IsSid(other)) << other;
  }
  std::string most = "S-1-5";
  for (int i = 0; i < 15; ++i) absl::StrAppend(&most, "-", i);
  EXPECT_TRUE(IsSid(most));
  EXPECT_FALSE(IsSid(most + "-15"));
}

}  // namespace
}  // namespace proctor
