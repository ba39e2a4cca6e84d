#include "client/cli/error_report.h"

#include <gtest/gtest.h>

#include "client/failure_detail.h"
#include "common/os_error_code.h"

namespace proctor::cli {
namespace {

constexpr char kTarget[] = "unix:/run/x.sock";

TEST(ErrorReportTest, StageCallAndError) {
  v1::FailureDetail detail;
  detail.set_stage(v1::IMPERSONATE);
  detail.set_call("execve");
  detail.set_subject("/x");
  detail.set_os_error_name("ENOENT");
  detail.set_os_error_code(2);
  detail.set_advice("Look again.");
  absl::Status status = absl::NotFoundError("prose");
  SetFailureDetail(detail, &status);
  const ErrorReport report = DescribeError(status, kTarget);
  EXPECT_EQ(report.headline, "stage IMPERSONATE: execve /x: ENOENT (2)");
  EXPECT_EQ(report.advice, "Look again.");
}

TEST(ErrorReportTest, TheSystemsOwnWordsForItsCode) {
  v1::FailureDetail detail;
  detail.set_call("open");
  detail.set_os_error_name(OsErrorName(2));
  detail.set_os_error_code(2);
  absl::Status status = absl::NotFoundError("prose");
  SetFailureDetail(detail, &status);
  EXPECT_EQ(DescribeError(status, kTarget).system_message, OsErrorText(2));
}

TEST(ErrorReportTest, AnotherSystemsCodeHasNoWordsHere) {
  v1::FailureDetail detail;
  detail.set_call("open");
  detail.set_os_error_name("ERROR_OF_ANOTHER_SYSTEM");
  detail.set_os_error_code(2);
  absl::Status status = absl::NotFoundError("prose");
  SetFailureDetail(detail, &status);
  EXPECT_EQ(DescribeError(status, kTarget).system_message, "");
}

TEST(ErrorReportTest, WhatAKerberosLibrarySaysBesideItsCodeIsNotLost) {
  v1::FailureDetail detail;
  detail.set_call("gss_accept_sec_context");
  detail.set_subject("proctor/agent.test");
  detail.set_os_error_name("KRB5KRB_AP_ERR_NOKEY");
  detail.set_os_error_code(-1765328339);
  absl::Status status = absl::UnauthenticatedError(
      "gss_accept_sec_context proctor/agent.test: kvno 3 not found in keytab; keytab is likely out "
      "of date");
  SetFailureDetail(detail, &status);
  const ErrorReport report = DescribeError(status, kTarget);
  EXPECT_EQ(report.headline,
            "gss_accept_sec_context proctor/agent.test: KRB5KRB_AP_ERR_NOKEY (-1765328339)");
  EXPECT_EQ(report.system_message, "kvno 3 not found in keytab; keytab is likely out of date");
}

TEST(ErrorReportTest, FieldAndMessage) {
  v1::FailureDetail detail;
  detail.set_field("spec.argv[3]");
  absl::Status status = absl::InvalidArgumentError("contains a NUL byte");
  SetFailureDetail(detail, &status);
  EXPECT_EQ(DescribeError(status, kTarget).headline, "spec.argv[3]: contains a NUL byte");
}

TEST(ErrorReportTest, StageWithoutCall) {
  v1::FailureDetail detail;
  detail.set_stage(v1::AUTHORISE);
  absl::Status status = absl::PermissionDeniedError("run_as is not allowed");
  SetFailureDetail(detail, &status);
  EXPECT_EQ(DescribeError(status, kTarget).headline, "stage AUTHORISE: run_as is not allowed");
}

TEST(ErrorReportTest, UnreachableAgent) {
  const ErrorReport report = DescribeError(
      absl::UnavailableError("failed to connect to all addresses; last error: UNKNOWN: "
                             "unix:/run/x.sock: No such file or directory"),
      kTarget);
  EXPECT_EQ(report.headline,
            "cannot reach the agent at unix:/run/x.sock: No such file or directory");
  EXPECT_FALSE(report.advice.empty());
}

TEST(ErrorReportTest, AMachineThatDoesNotAnswerWasNeverConnected) {
  const ErrorReport report =
      DescribeError(absl::UnavailableError("cannot connect to build7:7707"), "tls:build7:7707");
  EXPECT_EQ(report.headline,
            "cannot reach the agent at tls:build7:7707: cannot connect to build7:7707");
  EXPECT_NE(report.advice.find("tls_listen"), std::string::npos);
}

TEST(ErrorReportTest, TheReasonStandsBesideTheAdvice) {
  const ErrorReport report =
      DescribeError(absl::UnavailableError("cannot connect to build7:7707: Connection refused"),
                    "tls:build7:7707");
  EXPECT_EQ(report.headline, "cannot reach the agent at tls:build7:7707: Connection refused");
  EXPECT_NE(report.advice.find("tls_listen"), std::string::npos);
}

TEST(ErrorReportTest, LostAgent) {
  EXPECT_EQ(DescribeError(absl::UnavailableError("Socket closed"), kTarget).headline,
            "the connection to the agent at unix:/run/x.sock broke: Socket closed");
}

TEST(ErrorReportTest, NothingToSayButTheCode) {
  EXPECT_EQ(DescribeError(absl::NotFoundError(""), kTarget).headline, "NOT FOUND");
}

TEST(ErrorReportTest, NoControlCharacters) {
  EXPECT_EQ(DescribeError(absl::NotFoundError("a\x1b[2J"), kTarget).headline, "a\\x1b[2J");
}

}  // namespace
}  // namespace proctor::cli
