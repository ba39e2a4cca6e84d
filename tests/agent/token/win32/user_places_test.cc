#include "agent/token/win32/user_places.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "common/failure_detail.h"
#include "tests/agent/fake_clock.h"
#include "tests/agent/token/win32/fake_users.h"

namespace proctor {
namespace {

using testing::EndsWith;
using testing::HasSubstr;

// A user whose program or directory another machine has.
class UserPlacesTest : public testing::Test {
 protected:
  UserPlacesTest() { spec_.add_argv("cmd.exe"); }

  absl::Status Open(bool own_account = false) {
    const std::shared_ptr<const Win32Token> user = users_.MakeToken(FakeUsers::UserFacts(1));
    const std::vector<std::string> login = {"PATH=C:\\windows\\system32", "SystemRoot=C:\\windows"};
    environment_.variables = login;
    environment_.working_directory = "C:\\windows";
    StageTrace trace(&clock_, {});
    return OpenPlaces(&users_, *user, own_account, spec_, login, &environment_, &trace).status();
  }

  FakeClock clock_;
  FakeUsers users_;
  v1::LaunchSpec spec_;
  LaunchEnvironment environment_;
};

TEST_F(UserPlacesTest, WhatThisMachineHasIsOpened) {
  ASSERT_EQ(Open(), absl::OkStatus());
  EXPECT_THAT(environment_.executable_candidates[0], EndsWith("cmd.exe"));
  EXPECT_NE(environment_.files, nullptr);
}

TEST_F(UserPlacesTest, AProgramOnAnotherMachineIsRefused) {
  users_.remote = "cmd.exe";
  const absl::Status status = Open();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  const v1::FailureDetail detail = *GetFailureDetail(status);
  EXPECT_EQ(detail.stage(), v1::IMPERSONATE);
  EXPECT_EQ(detail.call(), "GetFileInformationByHandleEx");
  EXPECT_THAT(detail.advice(), HasSubstr("copy the program to this machine"));
  EXPECT_EQ(environment_.files, nullptr);
  EXPECT_EQ(FakeUsers::ThreadUser(), "");
}

TEST_F(UserPlacesTest, ADirectoryOnAnotherMachineIsRefused) {
  users_.remote = "windows";
  const absl::Status status = Open();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(GetFailureDetail(status)->advice(), HasSubstr("working directory of this machine"));
  EXPECT_EQ(environment_.files, nullptr);
}

// Then it is the user's own account that asks there.
TEST_F(UserPlacesTest, TheAgentsOwnUserMayHaveThemAnywhere) {
  for (const char* place : {"cmd.exe", "windows"}) {
    users_.remote = place;
    EXPECT_EQ(Open(/*own_account=*/true), absl::OkStatus()) << place;
  }
}

}  // namespace
}  // namespace proctor
