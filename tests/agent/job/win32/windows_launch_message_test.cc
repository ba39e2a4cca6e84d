#include "agent/job/win32/windows_launch_message.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "common/win32/utf16.h"
#include "tests/agent/job/temporary_directory.h"
#include "tests/agent/job/win32/own_launch.h"

namespace proctor {
namespace {

HANDLE HandleOf(uint64_t value) { return reinterpret_cast<HANDLE>(static_cast<uintptr_t>(value)); }

class WindowsLaunchMessageTest : public testing::Test {
 protected:
  WindowsLaunchMessageTest() {
    spec_.add_argv("cmd.exe");
    spec_.mutable_standard_input()->set_data("some input");
  }

  WindowsLaunchMessage Make() {
    absl::StatusOr<WindowsLaunchMessage> made =
        MakeWindowsLaunch(OwnLaunch("the-job", spec_), directory_.path());
    EXPECT_TRUE(made.ok()) << made.status();
    return made.ok() ? *std::move(made) : WindowsLaunchMessage();
  }

  TemporaryDirectory directory_;
  v1::LaunchSpec spec_;
};

TEST_F(WindowsLaunchMessageTest, StandardInputIsForReadingAndGoesWithItsLastHandle) {
  WindowsLaunchMessage made = Make();
  const HANDLE input = HandleOf(made.message.launch().windows().stdin_handle());
  EXPECT_FALSE(std::filesystem::is_empty(directory_.path()));
  char bytes[32];
  DWORD count = 0;
  ASSERT_TRUE(::ReadFile(input, bytes, sizeof(bytes), &count, nullptr));
  EXPECT_EQ(std::string(bytes, count), "some input");
  EXPECT_FALSE(::WriteFile(input, bytes, 1, &count, nullptr));
  EXPECT_EQ(::GetLastError(), static_cast<DWORD>(ERROR_ACCESS_DENIED));
  FILE_DISPOSITION_INFO keep = {FALSE};
  EXPECT_FALSE(::SetFileInformationByHandle(input, FileDispositionInfo, &keep, sizeof(keep)));
  made.lent.clear();
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

TEST_F(WindowsLaunchMessageTest, WhatItNamesIsLentAndNothingElse) {
  const WindowsLaunchMessage made = Make();
  const jobhost::WindowsLaunch& launch = made.message.launch().windows();
  const HANDLE named[] = {HandleOf(launch.token_handle()), HandleOf(launch.stdin_handle()),
                          HandleOf(launch.program_handle()), HandleOf(launch.directory_handle())};
  ASSERT_EQ(made.lent.size(), std::size(named));
  for (size_t i = 0; i < made.lent.size(); ++i) EXPECT_EQ(made.lent[i].get(), named[i]);
}

TEST_F(WindowsLaunchMessageTest, ItNamesTheProgramAndTheDirectoryThatTheUserOpened) {
  const WindowsLaunchMessage made = Make();
  const jobhost::Launch& launch = made.message.launch();
  const std::pair<HANDLE, std::string> held[] = {
      {HandleOf(launch.windows().program_handle()), launch.windows().application()},
      {HandleOf(launch.windows().directory_handle()), launch.working_directory()}};
  for (const auto& [handle, path] : held) {
    std::wstring name(32768, L'\0');
    name.resize(::GetFinalPathNameByHandleW(handle, name.data(), static_cast<DWORD>(name.size()),
                                            FILE_NAME_OPENED));
    EXPECT_EQ(FromUtf16(name), "\\\\?\\" + path);
  }
}

}  // namespace
}  // namespace proctor
