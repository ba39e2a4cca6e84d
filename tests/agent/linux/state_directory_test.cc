#include "agent/linux/state_directory.h"

#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/agent/job/temporary_directory.h"

namespace proctor {
namespace {

TEST(StateDirectoryTest, IsMadePrivate) {
  TemporaryDirectory parent;
  const auto state = StateDirectory::Open(parent.File("state"));
  ASSERT_TRUE(state.ok()) << state.status();
  struct stat info;
  ASSERT_EQ(::stat(state->spool_path().c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0700u);
}

TEST(StateDirectoryTest, IsHeldByOneAgentAtATime) {
  TemporaryDirectory parent;
  {
    const auto first = StateDirectory::Open(parent.File("state"));
    ASSERT_TRUE(first.ok());
    EXPECT_EQ(StateDirectory::Open(parent.File("state")).status().code(),
              absl::StatusCode::kUnavailable);
  }
  EXPECT_TRUE(StateDirectory::Open(parent.File("state")).ok());
}

TEST(StateDirectoryTest, OneThatIsOpenToOthersIsRefused) {
  TemporaryDirectory parent;
  const std::string path = parent.File("state");
  ASSERT_EQ(::mkdir(path.c_str(), 0755), 0);
  ASSERT_EQ(::chmod(path.c_str(), 0755), 0);
  EXPECT_EQ(StateDirectory::Open(path).status().code(), absl::StatusCode::kFailedPrecondition);
}

TEST(StateDirectoryTest, ASymbolicLinkIsRefused) {
  TemporaryDirectory parent;
  ASSERT_EQ(::mkdir(parent.File("real").c_str(), 0700), 0);
  ASSERT_EQ(::symlink(parent.File("real").c_str(), parent.File("link").c_str()), 0);
  EXPECT_FALSE(StateDirectory::Open(parent.File("link")).ok());
}

TEST(StateDirectoryTest, TheInstanceIsTheSameAfterARestart) {
  TemporaryDirectory parent;
  const std::string first = StateDirectory::Open(parent.File("a"))->instance();
  EXPECT_EQ(StateDirectory::Open(parent.File("a"))->instance(), first);
  EXPECT_NE(StateDirectory::Open(parent.File("b"))->instance(), first);
}

}  // namespace
}  // namespace proctor
