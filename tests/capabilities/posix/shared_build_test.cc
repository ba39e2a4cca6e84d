#include "tests/capabilities/posix/shared_build.h"

#include <gtest/gtest.h>
#include <stdlib.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <string>

namespace proctor {
namespace {

TEST(OthersMayExecuteTest, OnlyWhereEveryDirectoryAboveLetsThemIn) {
  std::string top = std::filesystem::temp_directory_path() / "proctor-shared-XXXXXX";
  ASSERT_NE(::mkdtemp(top.data()), nullptr);
  const std::string inner = top + "/inner";
  const std::string program = inner + "/program";
  ASSERT_EQ(::mkdir(inner.c_str(), 0755), 0);
  ::chmod(inner.c_str(), 0755);
  std::ofstream(program) << "#!";
  ::chmod(program.c_str(), 0755);
  EXPECT_FALSE(OthersMayExecute(program)) << "a directory of mkdtemp is its owner's";
  ::chmod(top.c_str(), 0711);
  EXPECT_TRUE(OthersMayExecute(program));
  ::chmod(inner.c_str(), 0750);
  EXPECT_FALSE(OthersMayExecute(program));
  ::chmod(inner.c_str(), 0755);
  ::chmod(program.c_str(), 0754);
  EXPECT_FALSE(OthersMayExecute(program));
  EXPECT_FALSE(OthersMayExecute(inner + "/missing"));
  std::filesystem::remove_all(top);
}

}  // namespace
}  // namespace proctor
