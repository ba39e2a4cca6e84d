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

LoginDefaults Path(const std::string& path) {
  LoginDefaults defaults;
  defaults.path = path;
  return defaults;
}

TEST(LoginEnvironmentTest, IsWhatLoginSetsUpAndNothingOfTheAgents) {
  ::setenv("PROCTOR_TEST_LEAK", "1", 1);
  const auto block = BuildEnvironment(Alice(), Path("/usr/bin:/bin"), {}, "job1");
  ::unsetenv("PROCTOR_TEST_LEAK");
  EXPECT_THAT(block, ElementsAre("HOME=/home/alice", "LOGNAME=alice", "PATH=/usr/bin:/bin",
                                 "PROCTOR_JOB_ID=job1", "SHELL=/bin/bash", "USER=alice"));
}

TEST(LoginEnvironmentTest, TheRequestLiesOnTop) {
  v1::LaunchSpec spec;
  v1::Environment& request = *spec.mutable_environment();
  (*request.mutable_variables())["PATH"] = "/opt/bin";
  (*request.mutable_variables())["EMPTY"] = "";
  request.add_unset("SHELL");
  const auto block = BuildEnvironment(Alice(), Path("/bin"), spec, "j");
  EXPECT_THAT(block, Contains("PATH=/opt/bin"));
  EXPECT_THAT(block, Contains("EMPTY="));
  EXPECT_THAT(block, Not(Contains(StartsWith("SHELL="))));
}

TEST(LoginEnvironmentTest, TheMachinesAndTheConfigurationsVariablesLieBelow) {
  LoginDefaults defaults = Path("/bin");
  defaults.system = std::make_shared<const VariableMap>(
      VariableMap{{"LANG", "C.UTF-8"}, {"PATH", "/opt:/bin"}, {"HOME", "/nowhere"}, {"P", "1"}});
  const VariableMap configured = {{"P", "2"}, {"PROXY", "p"}, {"PROCTOR_JOB_ID", "forged"}};
  defaults.configured = &configured;
  v1::LaunchSpec spec;
  v1::Environment& request = *spec.mutable_environment();
  (*request.mutable_variables())["PROXY"] = "mine";
  EXPECT_THAT(
      BuildEnvironment(Alice(), defaults, spec, "j"),
      ElementsAre("HOME=/home/alice", "LANG=C.UTF-8", "LOGNAME=alice", "P=2", "PATH=/opt:/bin",
                  "PROCTOR_JOB_ID=j", "PROXY=mine", "SHELL=/bin/bash", "USER=alice"));
  request.add_unset("LANG");
  defaults.path_is_configured = true;
  const auto block = BuildEnvironment(Alice(), defaults, spec, "j");
  EXPECT_THAT(block, Contains("PATH=/bin"));
  EXPECT_THAT(block, Not(Contains(StartsWith("LANG="))));
  request.set_base(v1::Environment::EXACT);
  EXPECT_THAT(BuildEnvironment(Alice(), defaults, spec, "j"), ElementsAre("PROXY=mine"));
}

TEST(LoginEnvironmentTest, VariablesMayBeBytes) {
  v1::LaunchSpec spec;
  spec.mutable_byte_strings()->add_environment("SHELL=\xff=x");
  spec.mutable_byte_strings()->add_environment("\xfe=");
  const auto block = BuildEnvironment(Alice(), Path("/bin"), spec, "j");
  EXPECT_THAT(block, Contains("SHELL=\xff=x"));
  EXPECT_THAT(block, Contains("\xfe="));
}

TEST(LoginEnvironmentTest, ExactMeansExact) {
  v1::LaunchSpec spec;
  v1::Environment& request = *spec.mutable_environment();
  request.set_base(v1::Environment::EXACT);
  EXPECT_THAT(BuildEnvironment(Alice(), Path("/bin"), spec, "j"), ElementsAre());
  (*request.mutable_variables())["A"] = "b";
  EXPECT_THAT(BuildEnvironment(Alice(), Path("/bin"), spec, "j"), ElementsAre("A=b"));
}

TEST(LoginEnvironmentTest, ASessionsRuntimeDirectoryIsPassedOn) {
  Account account = Alice();
  account.runtime_directory = "/run/user/1000";
  EXPECT_THAT(BuildEnvironment(account, Path("/bin"), {}, "j"),
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
