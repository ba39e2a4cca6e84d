#include "agent/win32/state_directory.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/capabilities/win32/native_windows.h"

namespace proctor {
namespace {

class StateDirectoryTest : public testing::Test {
 protected:
  StateDirectoryTest()
      : path_(std::filesystem::temp_directory_path() /
              absl::StrCat("proctor-state-", ::GetCurrentProcessId())) {}
  ~StateDirectoryTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(path_, ignored);
  }

  const std::filesystem::path path_;
};

TEST_F(StateDirectoryTest, OfThisUserIsTakenOverWithItsContent) {
  std::filesystem::create_directories(path_ / "spool");
  std::ofstream(path_ / "spool" / "some.out") << "kept";
  const absl::StatusOr<StateDirectory> opened = StateDirectory::Open(path_.string());
  ASSERT_TRUE(opened.ok()) << opened.status();
  EXPECT_EQ(std::filesystem::file_size(path_ / "spool" / "some.out"), 4u);
}

TEST_F(StateDirectoryTest, IsOneAgentsAtATime) {
  absl::StatusOr<StateDirectory> first = StateDirectory::Open(path_.string());
  ASSERT_TRUE(first.ok()) << first.status();
  EXPECT_EQ(StateDirectory::Open(path_.string()).status().code(), absl::StatusCode::kUnavailable);
  first = absl::UnknownError("");
  EXPECT_TRUE(StateDirectory::Open(path_.string()).ok());
}

TEST_F(StateDirectoryTest, AFileInItsPlaceIsRefused) {
  std::ofstream(path_) << "not a folder";
  EXPECT_EQ(StateDirectory::Open(path_.string()).status().code(),
            absl::StatusCode::kPermissionDenied);
}

TEST_F(StateDirectoryTest, ALinkInItsPlaceIsRefused) {
  PROCTOR_REQUIRES_WINDOWS("reparse points");
  std::filesystem::create_directories(path_ / "elsewhere");
  std::filesystem::create_directory_symlink(path_ / "elsewhere", path_ / "spool");
  EXPECT_EQ(StateDirectory::Open(path_.string()).status().code(),
            absl::StatusCode::kPermissionDenied);
}

}  // namespace
}  // namespace proctor
