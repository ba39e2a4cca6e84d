#include "common/log_target.h"

#include <gtest/gtest.h>

#include <cstdio>
#include <fstream>
#include <iterator>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"

namespace proctor {
namespace {

// The thread that writes has a line in its hands when the log is opened anew.
TEST(LogTargetTest, AnAbandonedFileTakesTheLineThatIsOnItsWay) {
  const std::string path = absl::StrCat(::testing::TempDir(), "/log_target_test.log");
  absl::StatusOr<std::shared_ptr<LogTarget>> target = OpenLogFile(path);
  ASSERT_TRUE(target.ok()) << target.status();
  (*target)->Abandon();
  EXPECT_TRUE((*target)->Write("the line\n"));
  *target = nullptr;
  std::ifstream file(path);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()),
            "the line\n");
  file.close();
  EXPECT_EQ(std::remove(path.c_str()), 0);
}

}  // namespace
}  // namespace proctor
