// What a job starts with: what the agent was started with, what its configuration says, and what
// the caller asked for, byte for byte.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "common/protobuf_log.h"
#include "tests/e2e/agent_fixture.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

class JobEnvironmentTest : public AgentTest {
 protected:
  std::string Shell(const std::string& script) {
    return AsUser([&script](AgentClient& client) {
      v1::LaunchSpec spec;
      for (const char* const word : {"/bin/sh", "-c", script.c_str()}) spec.add_argv(word);
      const std::string id = Launch(client, spec).job_id();
      WaitFinal(client, id);
      return Output(client, id);
    });
  }
};

TEST_F(JobEnvironmentTest, JobsGetTheOpenFilesThatTheAgentWasStartedWith) {
  rlimit before;
  ASSERT_EQ(::getrlimit(RLIMIT_NOFILE, &before), 0);
  const rlimit lower = {777, before.rlim_max};
  ASSERT_EQ(::setrlimit(RLIMIT_NOFILE, &lower), 0);
  StartAgent();
  ::setrlimit(RLIMIT_NOFILE, &before);
  EXPECT_EQ(Shell("ulimit -Sn; ulimit -Hn"), absl::StrCat("777\n", before.rlim_max, "\n"));
}

TEST_F(JobEnvironmentTest, OrThoseThatTheConfigurationSays) {
  AgentSetup setup;
  setup.config = "defaults { open_files: 333 }";
  StartAgent(setup);
  EXPECT_EQ(Shell("ulimit -Sn"), "333\n");
}

TEST_F(JobEnvironmentTest, TheConfigurationsVariablesLieBelowTheCallers) {
  AgentSetup setup;
  setup.config =
      "defaults { environment { key: \"http_proxy\" value: \"http://proxy:3128\" } "
      "environment { key: \"LANG\" value: \"C.UTF-8\" } }";
  StartAgent(setup);
  EXPECT_EQ(Shell("echo $http_proxy $LANG"), "http://proxy:3128 C.UTF-8\n");
  DoAsUser([](AgentClient& client) {
    v1::LaunchSpec spec;
    for (const char* const word : {"/bin/sh", "-c", "echo $http_proxy-$LANG"}) spec.add_argv(word);
    (*spec.mutable_environment()->mutable_variables())["LANG"] = "mine";
    spec.mutable_environment()->add_unset("http_proxy");
    const std::string id = Launch(client, spec).job_id();
    WaitFinal(client, id);
    EXPECT_EQ(Output(client, id), "-mine\n");
  });
}

// An agent that sees another /etc than the machine's: the same but for the files that login reads
// variables from.
class SystemEnvironmentOfJobsTest : public JobEnvironmentTest {
 protected:
  void SetUp() override {
    if (!IsRoot()) GTEST_SKIP() << "needs root";
    ForkedTask attempt(Account::Current(),
                       [] { return std::string(::unshare(CLONE_NEWNS) == 0 ? "can" : "cannot"); });
    if (attempt.Join() != "can") GTEST_SKIP() << "needs mount namespaces (CAP_SYS_ADMIN)";
  }

  void StartWith(const std::string& config) {
    const std::string machine = directory().File("etc");
    ASSERT_EQ(::mkdir(machine.c_str(), 0755), 0);
    AgentSetup setup;
    setup.config = config;
    setup.prepare = [machine] {
      if (!ReplaceEtc(machine)) ::_exit(126);
      std::ofstream("/etc/environment") << "OF_THE_MACHINE=1\nOF_BOTH=environment\nTERM=lower\n";
      std::ofstream("/etc/default/locale") << "LANG=C.UTF-8\nOF_BOTH=locale\n";
    };
    StartAgent(setup);
  }

 private:
  // In a mount namespace of this process: /etc is a directory of links into the machine's own.
  static bool ReplaceEtc(const std::string& machine) {
    if (::unshare(CLONE_NEWNS) != 0 || ::mount("", "/", "", MS_REC | MS_PRIVATE, nullptr) != 0 ||
        ::mount("/etc", machine.c_str(), "", MS_BIND | MS_REC, nullptr) != 0 ||
        ::mount("proctor-test", "/etc", "tmpfs", 0, "mode=0755") != 0) {
      return false;
    }
    for (const auto& entry : std::filesystem::directory_iterator(machine)) {
      const std::string name = entry.path().filename();
      if (name == "environment" || name == "default") continue;
      if (::symlink(entry.path().c_str(), ("/etc/" + name).c_str()) != 0) return false;
    }
    return ::mkdir("/etc/default", 0755) == 0;
  }
};

constexpr char kShowMachines[] = "echo $OF_THE_MACHINE-$OF_BOTH-$LANG-$TERM";

TEST_F(SystemEnvironmentOfJobsTest, LiesBelowTheConfigurations) {
  StartWith("defaults { environment { key: \"TERM\" value: \"configured\" } }");
  EXPECT_EQ(Shell(kShowMachines), "1-locale-C.UTF-8-configured\n");
}

TEST_F(SystemEnvironmentOfJobsTest, IsLeftOutWhereTheConfigurationSaysSo) {
  StartWith("defaults { read_system_environment: false }");
  EXPECT_EQ(Shell(kShowMachines), "---\n");
}

// It would be reached past directories that are closed to the caller.
TEST_F(JobEnvironmentTest, WhereTheAgentWasStartedIsNowhereNearItsJobs) {
  StartAgent();
  DoAsUser([](AgentClient& client) {
    v1::LaunchSpec spec;
    for (const char* const word : {"/bin/pwd", "-P"}) spec.add_argv(word);
    spec.set_working_directory("/proc/self/cwd");
    const std::string id = Launch(client, spec).job_id();
    WaitFinal(client, id);
    EXPECT_EQ(Output(client, id), "/\n");
  });
}

TEST_F(JobEnvironmentTest, BytesThatAreNotUtf8Arrive) {
  StartAgent();
  const std::string here = Shared("\xff");
  ASSERT_EQ(::mkdir(here.c_str(), 0777), 0);
  ASSERT_EQ(::chmod(here.c_str(), 0777), 0);
  DoAsUser([&here](AgentClient& client) {
    v1::LaunchSpec spec;
    v1::ByteStrings& bytes = *spec.mutable_byte_strings();
    for (const char* const word : {"/bin/sh", "-c", "printf %s \"$1$V\"; pwd >&2", "x", "\xfe"}) {
      bytes.add_argv(word);
    }
    bytes.add_environment("V=\xfd");
    bytes.set_working_directory(here);
    spec.mutable_standard_error()->mutable_file();
    bytes.set_standard_error_path("err-\xfc");
    spec.set_request_id("bytes");
    const std::string id = Launch(client, spec).job_id();
    EXPECT_EQ(WaitFinal(client, id).exit_code(), 0);
    EXPECT_EQ(Output(client, id), "\xfe\xfd");
    EXPECT_EQ(ReadFile(here + "/err-\xfc"), here + "\n");
    const v1::LaunchSpec shown = GetJob(client, id).spec();
    EXPECT_EQ(shown.byte_strings().argv(4), "\xfe");
    EXPECT_EQ(shown.byte_strings().environment(0), "V=");
    EXPECT_TRUE(Launch(client, spec).existing());
    bytes.set_environment(0, "V=\xfb");
    EXPECT_EQ(TryLaunch(client, spec).status().code(), absl::StatusCode::kAlreadyExists);
  });
}

TEST_F(JobEnvironmentTest, AFailureAboutSuchAPathCanBeRead) {
  StartAgent();
  DoAsUser([](AgentClient& client) {
    v1::LaunchSpec spec;
    spec.mutable_byte_strings()->add_argv("/nowhere/\xff");
    const absl::Status status = TryLaunch(client, spec).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("/nowhere/\\xff"));
  });
}

TEST_F(JobEnvironmentTest, ARequestThatCannotBeParsedIsAnInvalidArgument) {
  StartAgent();
  DoAsUser([](AgentClient& client) {
    SilenceProtobuf();
    v1::LaunchSpec spec;
    spec.add_argv("/bin/true");
    (*spec.mutable_labels())["label"] = "\xff";
    const absl::Status status = TryLaunch(client, spec).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_THAT(std::string(status.message()), HasSubstr("cannot be parsed"));
  });
  EXPECT_THAT(agent().Log(), Not(HasSubstr("libprotobuf")));
}

}  // namespace
}  // namespace proctor
