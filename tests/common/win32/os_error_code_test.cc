#include "common/os_error_code.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <windows.h>

#include "common/win32/last_error.h"

namespace proctor {
namespace {

using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

TEST(Win32ErrorCodeTest, CodesHaveTheirNamesAndMeaning) {
  EXPECT_EQ(OsErrorName(1346), "ERROR_BAD_IMPERSONATION_LEVEL");
  EXPECT_EQ(CanonicalCode(1346), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(OsErrorName(1314), "ERROR_PRIVILEGE_NOT_HELD");
  EXPECT_EQ(CanonicalCode(1314), absl::StatusCode::kPermissionDenied);
  EXPECT_EQ(CanonicalCode(ERROR_FILE_NOT_FOUND), absl::StatusCode::kNotFound);
  EXPECT_EQ(OsErrorName(4711), "error 4711");
  EXPECT_EQ(OsErrorName(static_cast<int>(0xC000015B)), "0xc000015b");
}

TEST(Win32ErrorCodeTest, TheTextIsOneLine) {
  EXPECT_THAT(OsErrorText(ERROR_ACCESS_DENIED), Not(IsEmpty()));
  EXPECT_THAT(OsErrorText(ERROR_ACCESS_DENIED), Not(HasSubstr("\n")));
}

TEST(Win32ErrorCodeTest, TheLastErrorBecomesAStatus) {
  ::SetLastError(ERROR_ACCESS_DENIED);
  const absl::Status status = LastErrorStatus("OpenProcess", "pid 4");
  EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied);
  EXPECT_THAT(std::string(status.message()), HasSubstr("OpenProcess pid 4: "));
  EXPECT_THAT(std::string(status.message()), HasSubstr("(ERROR_ACCESS_DENIED)"));
  EXPECT_EQ(GetOsError(status)->code, ERROR_ACCESS_DENIED);
}

}  // namespace
}  // namespace proctor
