#include "common/win32/unique_handle.h"

#include <gtest/gtest.h>

namespace proctor {
namespace {

HANDLE NewEvent() { return ::CreateEventW(nullptr, TRUE, FALSE, nullptr); }

bool IsOpen(HANDLE handle) {
  DWORD flags;
  return ::GetHandleInformation(handle, &flags) != 0;
}

TEST(UniqueHandleTest, ClosesWhatItOwnsOnce) {
  const HANDLE raw = NewEvent();
  {
    UniqueHandle first(raw);
    UniqueHandle second(std::move(first));
    EXPECT_FALSE(first.valid());
    EXPECT_EQ(second.get(), raw);
    EXPECT_TRUE(IsOpen(raw));
  }
  EXPECT_FALSE(IsOpen(raw));
}

TEST(UniqueHandleTest, BothKindsOfNothingAreEmpty) {
  EXPECT_FALSE(UniqueHandle(nullptr).valid());
  EXPECT_FALSE(UniqueHandle(INVALID_HANDLE_VALUE).valid());
}

TEST(UniqueHandleTest, KeepsTheLastError) {
  ::SetLastError(1346);
  {
    const UniqueHandle handle(NewEvent());
    ::SetLastError(1346);
  }
  EXPECT_EQ(::GetLastError(), 1346u);
}

TEST(UniqueHandleTest, ReleaseLetsGo) {
  UniqueHandle handle(NewEvent());
  const HANDLE raw = handle.release();
  EXPECT_FALSE(handle.valid());
  EXPECT_TRUE(IsOpen(raw));
  ::CloseHandle(raw);
}

}  // namespace
}  // namespace proctor
