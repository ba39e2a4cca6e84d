#include "agent/job/win32/windows_launch_message.h"

#include <gtest/gtest.h>

#include <filesystem>

#include "agent/token/win32/token_calls.h"
#include "agent/token/win32/win32_token_pipeline.h"
#include "common/clock.h"
#include "common/win32/utf16.h"
#include "tests/agent/job/temporary_directory.h"

namespace proctor {
namespace {

UniqueHandle OwnProcess() {
  return UniqueHandle(::OpenProcess(PROCESS_DUP_HANDLE, FALSE, ::GetCurrentProcessId()));
}

std::shared_ptr<const Win32Token> OwnToken(TOKEN_TYPE type) {
  UniqueHandle process;
  ::OpenProcessToken(::GetCurrentProcess(), TOKEN_QUERY | TOKEN_DUPLICATE, process.receive());
  UniqueHandle token;
  ::DuplicateTokenEx(process.get(), MAXIMUM_ALLOWED, nullptr, SecurityImpersonation, type,
                     token.receive());
  return *Win32Token::Read(std::move(token));
}

// A launch by this process's own user.
LaunchOrder Order(const v1::LaunchSpec& spec) {
  Win32TokenPipeline pipeline(TokenCalls::System(), Clock::Real(), OwnToken(TokenPrimary));
  AnonymousCaller anonymous;
  anonymous.context = OwnToken(TokenImpersonation);
  const CallerToken caller = *pipeline.Identify(anonymous);
  StageTrace trace(Clock::Real(), caller.history());
  const ImpersonationToken user = *pipeline.Impersonate(caller, spec, &trace);
  const PrimaryToken primary = *pipeline.MakePrimary(user, spec.restrictions(), &trace);
  return LaunchOrder{"the-job",    *pipeline.PrepareEnvironment(primary, spec, "the-job", &trace),
                     spec,         LaunchParameters(),
                     false,        nullptr,
                     absl::nullopt};
}

UniqueHandle Adopted(uint64_t value) {
  return UniqueHandle(reinterpret_cast<HANDLE>(static_cast<uintptr_t>(value)));
}

class WindowsLaunchMessageTest : public testing::Test {
 protected:
  WindowsLaunchMessageTest() {
    spec_.add_argv("cmd.exe");
    spec_.mutable_standard_input()->set_data("some input");
  }

  // Of an order of `spec_`, to a host that is this process.
  absl::Status Send(const std::function<absl::Status(const jobhost::ToHost&)>& send) const {
    const LaunchOrder order = Order(spec_);
    const absl::StatusOr<UniqueHandle> input = StdinFile(order, directory_.path());
    if (!input.ok()) return input.status();
    return SendWindowsLaunch(order, *input, OwnProcess(), send);
  }

  TemporaryDirectory directory_;
  v1::LaunchSpec spec_;
};

TEST_F(WindowsLaunchMessageTest, StandardInputIsForReadingAndGoesWithItsLastHandle) {
  jobhost::WindowsLaunch launch;
  const absl::Status sent = Send([&launch](const jobhost::ToHost& message) {
    launch = message.launch().windows();
    return absl::OkStatus();
  });
  ASSERT_TRUE(sent.ok()) << sent;
  const UniqueHandle token = Adopted(launch.token_handle());
  UniqueHandle input = Adopted(launch.stdin_handle());
  EXPECT_FALSE(std::filesystem::is_empty(directory_.path()));
  char bytes[32];
  DWORD count = 0;
  ASSERT_TRUE(::ReadFile(input.get(), bytes, sizeof(bytes), &count, nullptr));
  EXPECT_EQ(std::string(bytes, count), "some input");
  EXPECT_FALSE(::WriteFile(input.get(), bytes, 1, &count, nullptr));
  EXPECT_EQ(::GetLastError(), static_cast<DWORD>(ERROR_ACCESS_DENIED));
  FILE_DISPOSITION_INFO keep = {FALSE};
  EXPECT_FALSE(::SetFileInformationByHandle(input.get(), FileDispositionInfo, &keep, sizeof(keep)));
  input.reset();
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

TEST_F(WindowsLaunchMessageTest, NothingIsLeftInTheHostOfAMessageThatWasNotSent) {
  jobhost::WindowsLaunch launch;
  const absl::Status sent = Send([&launch](const jobhost::ToHost& message) {
    launch = message.launch().windows();
    return absl::UnavailableError("gone");
  });
  EXPECT_EQ(sent.code(), absl::StatusCode::kUnavailable);
  DWORD flags = 0;
  for (const uint64_t handle : {launch.token_handle(), launch.stdin_handle()}) {
    EXPECT_NE(handle, 0u);
    EXPECT_FALSE(
        ::GetHandleInformation(reinterpret_cast<HANDLE>(static_cast<uintptr_t>(handle)), &flags));
  }
  EXPECT_TRUE(std::filesystem::is_empty(directory_.path()));
}

TEST_F(WindowsLaunchMessageTest, TheHostHoldsTheProgramAndTheDirectoryThatTheUserOpened) {
  jobhost::Launch launch;
  const absl::Status sent = Send([&launch](const jobhost::ToHost& message) {
    launch = message.launch();
    return absl::OkStatus();
  });
  ASSERT_TRUE(sent.ok()) << sent;
  const UniqueHandle others[] = {Adopted(launch.windows().token_handle()),
                                 Adopted(launch.windows().stdin_handle())};
  const std::pair<UniqueHandle, std::string> held[] = {
      {Adopted(launch.windows().program_handle()), launch.windows().application()},
      {Adopted(launch.windows().directory_handle()), launch.working_directory()}};
  for (const auto& [handle, path] : held) {
    std::wstring name(32768, L'\0');
    name.resize(::GetFinalPathNameByHandleW(handle.get(), name.data(),
                                            static_cast<DWORD>(name.size()), FILE_NAME_OPENED));
    EXPECT_EQ(FromUtf16(name), "\\\\?\\" + path);
  }
}

}  // namespace
}  // namespace proctor
