#include "client/cli/exit_code.h"

#include <gtest/gtest.h>

#include "client/failure_detail.h"

namespace proctor::cli {
namespace {

v1::ExitRecord Record(v1::ExitReason reason) {
  v1::ExitRecord exit;
  exit.set_reason(reason);
  return exit;
}

TEST(ExitCodeTest, TheJobsOwnCode) {
  for (int code = 0; code < 256; ++code) {
    v1::ExitRecord exit = Record(v1::EXITED);
    exit.set_exit_code(code);
    EXPECT_EQ(ExitCodeOf(exit), code);
  }
}

TEST(ExitCodeTest, SignalsAreAbove128) {
  for (v1::ExitReason reason : {v1::SIGNALED, v1::KILLED, v1::OUT_OF_MEMORY, v1::LIMIT_EXCEEDED}) {
    v1::ExitRecord exit = Record(reason);
    exit.set_signal(9);
    EXPECT_EQ(ExitCodeOf(exit), 137);
  }
}

TEST(ExitCodeTest, WhatTheJobDidNotDecide) {
  v1::ExitRecord timed_out = Record(v1::TIMED_OUT);
  timed_out.set_exit_code(0);
  EXPECT_EQ(ExitCodeOf(timed_out), 124);
  EXPECT_EQ(ExitCodeOf(Record(v1::JOB_LOST)), 125);
  EXPECT_EQ(ExitCodeOf(Record(v1::EXIT_REASON_UNSPECIFIED)), 125);
}

int CodeOfFailure(const char* call, const char* error) {
  v1::FailureDetail detail;
  detail.set_call(call);
  detail.set_os_error_name(error);
  absl::Status status = absl::NotFoundError("");
  SetFailureDetail(detail, &status);
  v1::ExitRecord exit = Record(v1::LAUNCH_FAILED);
  *exit.mutable_launch_error() = detail;
  EXPECT_EQ(ExitCodeOf(exit), ExitCodeOf(status));
  return ExitCodeOf(status);
}

TEST(ExitCodeTest, FailedLaunches) {
  EXPECT_EQ(CodeOfFailure("execve", "ENOENT"), 127);
  EXPECT_EQ(CodeOfFailure("execve", "EACCES"), 126);
  EXPECT_EQ(CodeOfFailure("execve", "ENOEXEC"), 126);
  EXPECT_EQ(CodeOfFailure("chdir", "ENOENT"), 125);
  EXPECT_EQ(CodeOfFailure("", ""), 125);
  EXPECT_EQ(ExitCodeOf(absl::NotFoundError("no detail")), 125);
}

}  // namespace
}  // namespace proctor::cli
