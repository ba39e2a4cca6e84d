#include "agent/token/win32/user_files.h"

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/os_error.h"

namespace proctor {
namespace {

class UserFilesTest : public testing::Test {
 protected:
  UserFilesTest()
      : directory_(std::filesystem::temp_directory_path() /
                   absl::StrCat("proctor-files-", ::GetCurrentProcessId())) {
    std::filesystem::create_directories(directory_ / "tools");
    std::ofstream(directory_ / "tools" / "tool.exe") << "MZ";
  }
  ~UserFilesTest() override {
    std::error_code ignored;
    std::filesystem::remove_all(directory_, ignored);
  }

  absl::StatusOr<std::string> Find(const std::string& program, const std::string& path = "") {
    return FindProgram(program, directory_.string(), {"PATH=" + path});
  }

  const std::filesystem::path directory_;
};

TEST_F(UserFilesTest, AProgramWithARelativeDirectoryIsOfTheWorkingDirectory) {
  const std::string tool = (directory_ / "tools\\tool.exe").string();
  EXPECT_EQ(Find("tools\\tool").value_or(""), tool);
  EXPECT_EQ(Find(tool).value_or(""), tool);
  // Of the working directory's drive.
  EXPECT_EQ(Find(tool.substr(2)).value_or(""), tool);
  EXPECT_EQ(Find("..\\tools\\tool.exe").status().code(), absl::StatusCode::kNotFound);
}

TEST_F(UserFilesTest, EntriesOfPathThatAreNotAbsoluteAreLeftOut) {
  const std::filesystem::path before = std::filesystem::current_path();
  std::filesystem::current_path(directory_);
  for (const char* path : {"tools", ".\\tools", "C:tools"}) {
    EXPECT_EQ(Find("tool", path).status().code(), absl::StatusCode::kNotFound) << path;
  }
  EXPECT_TRUE(Find("tool", absl::StrCat("tools;", (directory_ / "tools").string())).ok());
  std::filesystem::current_path(before);
}

TEST_F(UserFilesTest, ARedirectionIsRelativeToTheWorkingDirectory) {
  v1::OutputTarget::File target;
  target.set_path("tools\\out.txt");
  EXPECT_TRUE(OpenRedirection(target, directory_.string()).ok());
  EXPECT_TRUE(std::filesystem::exists(directory_ / "tools" / "out.txt"));
  target.set_path("none\\out.txt");
  const absl::Status status = OpenRedirection(target, directory_.string()).status();
  EXPECT_EQ(GetOsError(status)->subject, (directory_ / "none\\out.txt").string());
}

}  // namespace
}  // namespace proctor
