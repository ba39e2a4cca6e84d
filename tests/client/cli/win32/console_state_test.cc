#include "client/cli/win32/console_state.h"

#include <gtest/gtest.h>

#include "common/win32/unique_handle.h"

namespace proctor::cli {
namespace {

// The test's standard output is a console for as long as this lives.
class ConsoleStateTest : public testing::Test {
 protected:
  void SetUp() override {
    if (::GetConsoleOutputCP() == 0) ::AllocConsole();
    console_.reset(::CreateFileW(L"CONOUT$", GENERIC_READ | GENERIC_WRITE,
                                 FILE_SHARE_READ | FILE_SHARE_WRITE, nullptr, OPEN_EXISTING, 0,
                                 nullptr));
    if (!console_.valid()) GTEST_SKIP() << "needs a console";
    output_ = ::GetStdHandle(STD_OUTPUT_HANDLE);
    ::SetStdHandle(STD_OUTPUT_HANDLE, console_.get());
    ASSERT_TRUE(::GetConsoleMode(console_.get(), &mode_));
    code_page_ = ::GetConsoleOutputCP();
  }
  void TearDown() override {
    if (!console_.valid()) return;
    ::SetConsoleMode(console_.get(), mode_);
    ::SetConsoleOutputCP(code_page_);
    ::SetStdHandle(STD_OUTPUT_HANDLE, output_);
  }

  DWORD Mode() const {
    DWORD mode = 0;
    EXPECT_TRUE(::GetConsoleMode(console_.get(), &mode));
    return mode;
  }

  UniqueHandle console_;
  HANDLE output_ = nullptr;
  DWORD mode_ = 0;
  UINT code_page_ = 0;
};

TEST_F(ConsoleStateTest, OutputIsUtf8UntilItIsRestored) {
  ASSERT_TRUE(::SetConsoleOutputCP(850));
  const ConsoleState state = ConsoleState::Read();
  state.Prepare();
  EXPECT_EQ(::GetConsoleOutputCP(), static_cast<UINT>(CP_UTF8));
  state.Restore();
  EXPECT_EQ(::GetConsoleOutputCP(), 850u);
}

TEST_F(ConsoleStateTest, TheModeComesBackWhateverHasChangedIt) {
  ASSERT_TRUE(::SetConsoleMode(console_.get(), ENABLE_PROCESSED_OUTPUT));
  const ConsoleState state = ConsoleState::Read();
  state.Prepare();
  EXPECT_NE(Mode() & ENABLE_VIRTUAL_TERMINAL_PROCESSING, 0u);
  ASSERT_TRUE(::SetConsoleMode(console_.get(), 0));
  state.Restore();
  EXPECT_EQ(Mode(), static_cast<DWORD>(ENABLE_PROCESSED_OUTPUT));
}

}  // namespace
}  // namespace proctor::cli
