#include "common/os_error.h"

#include <gtest/gtest.h>

#include <cerrno>
#include <string>

#include "absl/status/status.h"

namespace proctor {
namespace {

TEST(OsErrorTest, NamesAreTheSymbolsOfErrno) {
  EXPECT_EQ(OsErrorName(ENOENT), "ENOENT");
  EXPECT_EQ(OsErrorName(EACCES), "EACCES");
}

TEST(OsErrorTest, AnUnknownCodeIsNamedByItsNumber) { EXPECT_EQ(OsErrorName(4711), "errno 4711"); }

TEST(OsErrorTest, TheMessageSaysCallSubjectAndName) {
  const absl::Status status = OsErrorStatus("openat", ENOENT, "/no/such");
  EXPECT_EQ(status.message(), "openat /no/such: No such file or directory (ENOENT)");
  EXPECT_EQ(OsErrorStatus("fork", EAGAIN).message(),
            "fork: Resource temporarily unavailable (EAGAIN)");
}

TEST(OsErrorTest, CallCodeAndSubjectTravelWithTheStatus) {
  const absl::optional<OsError> error = GetOsError(OsErrorStatus("execve", EACCES, "/bin/x"));
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->call, "execve");
  EXPECT_EQ(error->code, EACCES);
  EXPECT_EQ(error->subject, "/bin/x");
}

TEST(OsErrorTest, ASubjectMayContainLineBreaks) {
  const absl::optional<OsError> error = GetOsError(OsErrorStatus("chdir", ENOENT, "/a\nb\n\nc"));
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->subject, "/a\nb\n\nc");
}

TEST(OsErrorTest, AnEmptySubjectStaysEmpty) {
  const absl::optional<OsError> error = GetOsError(OsErrorStatus("fork", EAGAIN));
  ASSERT_TRUE(error.has_value());
  EXPECT_EQ(error->subject, "");
}

TEST(OsErrorTest, OtherStatusesCarryNone) {
  EXPECT_FALSE(GetOsError(absl::OkStatus()).has_value());
  EXPECT_FALSE(GetOsError(absl::InternalError("no system call was involved")).has_value());
}

TEST(OsErrorTest, ADamagedPayloadIsNoError) {
  absl::Status status = absl::InternalError("x");
  status.SetPayload("proctor/os-error", absl::Cord("openat\nnot a number\n/x"));
  EXPECT_FALSE(GetOsError(status).has_value());
  status.SetPayload("proctor/os-error", absl::Cord("openat"));
  EXPECT_FALSE(GetOsError(status).has_value());
}

TEST(OsErrorTest, TheCallerMayChooseTheCanonicalCode) {
  const absl::Status status =
      OsErrorStatus(absl::StatusCode::kUnavailable, "connect", ENOENT, "/run/x");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(GetOsError(status).has_value());
  EXPECT_EQ(GetOsError(status)->code, ENOENT);
}

struct CodeCase {
  int code;
  absl::StatusCode canonical;
};

class CanonicalCodeTest : public testing::TestWithParam<CodeCase> {};

TEST_P(CanonicalCodeTest, MapsErrnoToTheStatusCode) {
  EXPECT_EQ(CanonicalCode(GetParam().code), GetParam().canonical);
  EXPECT_EQ(OsErrorStatus("call", GetParam().code).code(), GetParam().canonical);
}

INSTANTIATE_TEST_SUITE_P(Errno, CanonicalCodeTest,
                         testing::Values(CodeCase{ENOENT, absl::StatusCode::kNotFound},
                                         CodeCase{ENOTDIR, absl::StatusCode::kNotFound},
                                         CodeCase{ESRCH, absl::StatusCode::kNotFound},
                                         CodeCase{EACCES, absl::StatusCode::kPermissionDenied},
                                         CodeCase{EPERM, absl::StatusCode::kPermissionDenied},
                                         CodeCase{EMFILE, absl::StatusCode::kResourceExhausted},
                                         CodeCase{ENOSPC, absl::StatusCode::kResourceExhausted},
                                         CodeCase{EAGAIN, absl::StatusCode::kResourceExhausted},
                                         CodeCase{ENOEXEC, absl::StatusCode::kFailedPrecondition},
                                         CodeCase{EEXIST, absl::StatusCode::kAlreadyExists},
                                         CodeCase{E2BIG, absl::StatusCode::kInvalidArgument},
                                         CodeCase{ETIMEDOUT, absl::StatusCode::kDeadlineExceeded},
                                         CodeCase{EPIPE, absl::StatusCode::kUnavailable},
                                         CodeCase{EIO, absl::StatusCode::kInternal}),
                         [](const testing::TestParamInfo<CodeCase>& test) {
                           return OsErrorName(test.param.code);
                         });

}  // namespace
}  // namespace proctor
