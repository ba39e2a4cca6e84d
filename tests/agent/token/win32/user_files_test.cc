#include "agent/token/win32/user_files.h"

#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/os_error.h"
#include "tests/capabilities/win32/native_windows.h"

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

  absl::StatusOr<std::string> Find(const std::string& program, const std::string& path = "",
                                   const std::string& extensions = "") {
    const absl::StatusOr<OpenedPath> found =
        FindProgram(program, directory_.string(), {"PATH=" + path, "PATHEXT=" + extensions});
    if (!found.ok()) return found.status();
    return found->path;
  }
  std::string Tool(const std::string& name) { return (directory_ / "tools" / name).string(); }
  void MakeTool(const std::string& name) { std::ofstream(Tool(name)) << "MZ"; }

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

TEST_F(UserFilesTest, AProgramIsFoundWithTheExtensionsThatCanBeRun) {
  const std::string path = (directory_ / "tools").string();
  MakeTool("npm");
  MakeTool("npm.js");
  MakeTool("npm.cmd");
  EXPECT_EQ(Find("npm", path).value_or(""), Tool("npm.cmd"));
  EXPECT_EQ(Find("npm", path, ".JS;.CMD").value_or(""), Tool("npm.cmd"));
  EXPECT_EQ(Find("tools\\npm").value_or(""), Tool("npm.cmd"));
  EXPECT_EQ(Find("npm", path, ".EXE").status().code(), absl::StatusCode::kNotFound);
  MakeTool("npm.exe");
  EXPECT_EQ(Find("npm", path).value_or(""), Tool("npm.exe"));
  EXPECT_EQ(Find("npm", path, ".CMD;.EXE").value_or(""), Tool("npm.cmd"));
  // A dot is not always where an extension begins.
  MakeTool("python3.11.exe");
  EXPECT_EQ(Find("python3.11", path).value_or(""), Tool("python3.11.exe"));
}

TEST_F(UserFilesTest, AFileThatIsThereAndCannotBeUsedIsNotToldAsMissing) {
  const UniqueHandle held(::CreateFileA(Tool("tool.exe").c_str(), GENERIC_WRITE, FILE_SHARE_READ,
                                        nullptr, OPEN_EXISTING, 0, nullptr));
  ASSERT_TRUE(held.valid());
  const absl::Status status = Find("tool", (directory_ / "tools").string()).status();
  EXPECT_EQ(GetOsError(status)->code, ERROR_SHARING_VIOLATION) << status;
}

TEST_F(UserFilesTest, WhatWasFoundStaysWhatItIs) {
  const absl::StatusOr<OpenedPath> tool = FindProgram("tools\\tool", directory_.string(), {});
  ASSERT_TRUE(tool.ok()) << tool.status();
  const absl::StatusOr<OpenedPath> tools = OpenDirectory((directory_ / "tools").string());
  ASSERT_TRUE(tools.ok()) << tools.status();
  EXPECT_FALSE(::DeleteFileA(Tool("tool.exe").c_str()));
  EXPECT_FALSE(::MoveFileA(Tool("tool.exe").c_str(), Tool("other.exe").c_str()));
  EXPECT_FALSE(::MoveFileA((directory_ / "tools").string().c_str(),
                           (directory_ / "others").string().c_str()));
}

// On Wine there is neither a junction nor a drive of one user's.
TEST_F(UserFilesTest, ALinkIsNoPartOfThePathThatIsStarted) {
  PROCTOR_REQUIRES_WINDOWS("junctions");
  const std::string link = (directory_ / "link").string();
  ASSERT_EQ(std::system(("cmd.exe /d /c mklink /j \"" + link + "\" \"" +
                         (directory_ / "tools").string() + "\" >NUL")
                            .c_str()),
            0);
  EXPECT_EQ(Find("link\\tool").value_or(""), Tool("tool.exe"));
  EXPECT_EQ(OpenDirectory(link)->path, (directory_ / "tools").string());
}

TEST_F(UserFilesTest, AProgramOnAnotherMachineIsTold) {
  absl::StatusOr<OpenedPath> tool = OpenProgram(Tool("tool.exe"));
  ASSERT_TRUE(tool.ok()) << tool.status();
  EXPECT_TRUE(CheckLocal(*tool).ok());
  tool->path = "\\\\server\\share\\tool.exe";
  EXPECT_EQ(CheckLocal(*tool).code(), absl::StatusCode::kFailedPrecondition);
}

TEST_F(UserFilesTest, TwoStreamsInOneFileLoseNothingInAnyMode) {
  v1::OutputTarget::File target;
  target.set_path("both.txt");
  target.set_mode(v1::OutputTarget::File::TRUNCATE);
  const absl::StatusOr<UniqueHandle> out = OpenRedirection(target, directory_.string());
  const absl::StatusOr<UniqueHandle> err = OpenRedirection(target, directory_.string());
  ASSERT_TRUE(out.ok() && err.ok());
  for (const HANDLE handle : {out->get(), err->get(), out->get()}) {
    DWORD written = 0;
    ASSERT_TRUE(::WriteFile(handle, "x", 1, &written, nullptr));
  }
  EXPECT_EQ(std::filesystem::file_size(directory_ / "both.txt"), 3u);
}

}  // namespace
}  // namespace proctor
