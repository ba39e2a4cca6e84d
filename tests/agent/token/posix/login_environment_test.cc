#include "agent/token/posix/login_environment.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstdlib>

namespace proctor {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::Not;
using ::testing::StartsWith;

Account Alice() {
  Account account;
  account.known = true;
  account.name = "alice";
  account.home = "/home/alice";
  account.shell = "/bin/bash";
  return account;
}

TEST(LoginEnvironmentTest, IsWhatLoginSetsUpAndNothingOfTheAgents) {
  ::setenv("PROCTOR_TEST_LEAK", "1", 1);
  const auto block = BuildEnvironment(Alice(), "/usr/bin:/bin", {}, "job1");
  ::unsetenv("PROCTOR_TEST_LEAK");
  EXPECT_THAT(block, ElementsAre("HOME=/home/alice", "LOGNAME=alice", "PATH=/usr/bin:/bin",
                                 "PROCTOR_JOB_ID=job1", "SHELL=/bin/bash", "USER=alice"));
}

TEST(LoginEnvironmentTest, TheRequestLiesOnTop) {
  v1::Environment request;
  (*request.mutable_variables())["PATH"] = "/opt/bin";
  (*request.mutable_variables())["EMPTY"] = "";
  request.add_unset("SHELL");
  const auto block = BuildEnvironment(Alice(), "/bin", request, "j");
  EXPECT_THAT(block, Contains("PATH=/opt/bin"));
  EXPECT_THAT(block, Contains("EMPTY="));
  EXPECT_THAT(block, Not(Contains(StartsWith("SHELL="))));
}

TEST(LoginEnvironmentTest, ExactMeansExact) {
  v1::Environment request;
  request.set_base(v1::Environment::EXACT);
  EXPECT_THAT(BuildEnvironment(Alice(), "/bin", request, "j"), ElementsAre());
  (*request.mutable_variables())["A"] = "b";
  EXPECT_THAT(BuildEnvironment(Alice(), "/bin", request, "j"), ElementsAre("A=b"));
}

TEST(LoginEnvironmentTest, ASessionsRuntimeDirectoryIsPassedOn) {
  Account account = Alice();
  account.runtime_directory = "/run/user/1000";
  EXPECT_THAT(BuildEnvironment(account, "/bin", {}, "j"),
              Contains("XDG_RUNTIME_DIR=/run/user/1000"));
}

TEST(ExecutableCandidatesTest, AProgramWithASlashIsAPath) {
  EXPECT_THAT(ExecutableCandidates("./a", {"PATH=/bin"}), ElementsAre("./a"));
}

TEST(ExecutableCandidatesTest, TheJobsOwnPathIsSearchedInOrder) {
  EXPECT_THAT(ExecutableCandidates("ls", {"HOME=/", "PATH=/opt::/bin"}),
              ElementsAre("/opt/ls", "./ls", "/bin/ls"));
  EXPECT_THAT(ExecutableCandidates("ls", {}), ElementsAre("/bin/ls", "/usr/bin/ls"));
}

}  // namespace
}  // namespace proctor
