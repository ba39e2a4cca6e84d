// What a launch does with input that is wrong, huge, or forbidden.

#include <fcntl.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "common/unique_fd.h"
#include "tests/e2e/agent_fixture.h"

namespace proctor {
namespace {

using ::testing::AnyOf;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

class LaunchInputTest : public AgentTest {
 protected:
  void SetUp() override { StartAgent(); }

  void WriteFile(const std::string& path, const std::string& content, mode_t mode) {
    std::ofstream(path) << content;
    ASSERT_EQ(::chmod(path.c_str(), mode), 0);
  }

  // What launching `spec` as the user fails with, as "CODE call ERRNO field"; "OK" when it does
  // not.
  std::string Failure(const v1::LaunchSpec& spec) {
    return AsUser([&spec](AgentClient& client) -> std::string {
      const absl::StatusOr<v1::LaunchResponse> launched = TryLaunch(client, spec);
      if (launched.ok()) return "OK";
      const v1::FailureDetail detail =
          GetFailureDetail(launched.status()).value_or(v1::FailureDetail());
      std::string text = absl::StatusCodeToString(launched.status().code());
      for (const std::string& part : {detail.call(), detail.os_error_name(), detail.field()}) {
        if (!part.empty()) absl::StrAppend(&text, " ", part);
      }
      return text;
    });
  }
};

TEST_F(LaunchInputTest, TheLargestArgumentsThatAreAllowedArrive) {
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("count_arguments");
    spec.mutable_environment()->set_base(v1::Environment::EXACT);
    for (int i = 0; i < 20; ++i) spec.add_argv(std::string(104'000, 'x'));
    const std::string id = Launch(client, spec).job_id();
    EXPECT_EQ(WaitFinal(client, id).exit_code(), 0);
    EXPECT_EQ(Output(client, id), "20 2080000 0 0\n");
  });
}

TEST_F(LaunchInputTest, AHundredThousandEnvironmentEntriesArrive) {
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("count_arguments");
    spec.mutable_environment()->set_base(v1::Environment::EXACT);
    size_t bytes = 0;
    for (int i = 0; i < 100'000; ++i) {
      const std::string name = absl::StrCat("V", i);
      (*spec.mutable_environment()->mutable_variables())[name] = "";
      bytes += name.size() + 1;
    }
    const std::string id = Launch(client, spec).job_id();
    EXPECT_EQ(WaitFinal(client, id).exit_code(), 0);
    EXPECT_EQ(Output(client, id), absl::StrCat("0 0 100000 ", bytes, "\n"));
  });
}

TEST_F(LaunchInputTest, ARequestAboveTheBoundIsResourceExhausted) {
  v1::LaunchSpec spec = Spec("copy_input");
  spec.mutable_standard_input()->set_data(std::string(9 << 20, 'x'));
  EXPECT_THAT(Failure(spec), HasSubstr("RESOURCE_EXHAUSTED"));
}

TEST_F(LaunchInputTest, AnUnknownExecutableIsNotFoundByExecve) {
  v1::LaunchSpec spec;
  spec.add_argv(directory().File("no-such-program"));
  EXPECT_EQ(Failure(spec), "NOT_FOUND execve ENOENT");
}

TEST_F(LaunchInputTest, ANameThatIsNowhereInThePathIsNotFound) {
  v1::LaunchSpec spec;
  spec.add_argv("no-such-program-anywhere");
  EXPECT_THAT(Failure(spec), HasSubstr("NOT_FOUND"));
}

TEST_F(LaunchInputTest, ANameIsLookedUpInThePathOfTheJob) {
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec;
    spec.add_argv("exit_with");
    spec.add_argv("9");
    (*spec.mutable_environment()->mutable_variables())["PATH"] =
        absl::StrCat("/nowhere:", directory().File("bin"));
    EXPECT_EQ(WaitMain(client, Launch(client, spec).job_id()).exit_code(), 9);
  });
}

TEST_F(LaunchInputTest, TheExecutableMayDifferFromTheFirstArgument) {
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec;
    spec.add_argv("another name");
    spec.set_executable(directory().Program("print_identity"));
    const std::string id = Launch(client, spec).job_id();
    WaitFinal(client, id);
    EXPECT_THAT(Output(client, id), HasSubstr("argv another name\n"));
  });
}

TEST_F(LaunchInputTest, ADirectoryCannotBeExecuted) {
  v1::LaunchSpec spec;
  spec.add_argv(directory().path());
  EXPECT_THAT(Failure(spec),
              AnyOf("PERMISSION_DENIED execve EACCES", "FAILED_PRECONDITION execve EACCES"));
}

TEST_F(LaunchInputTest, AFileWithoutTheExecuteBitIsPermissionDenied) {
  WriteFile(directory().File("plain"), "#!/bin/sh\n", 0644);
  v1::LaunchSpec spec;
  spec.add_argv(directory().File("plain"));
  EXPECT_EQ(Failure(spec), "PERMISSION_DENIED execve EACCES");
}

TEST_F(LaunchInputTest, AScriptWhoseInterpreterIsMissingIsNotFound) {
  WriteFile(directory().File("script"), "#!/no/such/interpreter\n", 0755);
  v1::LaunchSpec spec;
  spec.add_argv(directory().File("script"));
  EXPECT_EQ(Failure(spec), "NOT_FOUND execve ENOENT");
  DoAsUser([&spec](AgentClient& client) {
    const absl::Status status = TryLaunch(client, spec).status();
    EXPECT_THAT(std::string(status.message()), HasSubstr("\"/no/such/interpreter\""));
    EXPECT_THAT(GetFailureDetail(status).value_or(v1::FailureDetail()).advice(),
                HasSubstr("\"/no/such/interpreter\""));
  });
}

TEST_F(LaunchInputTest, APathThatLeadsNowhereIsNoFaultOfTheAgents) {
  const std::string loop = directory().File("loop");
  ASSERT_EQ(::symlink(loop.c_str(), loop.c_str()), 0);
  WriteFile(directory().File("plain"), "", 0755);
  WriteFile(directory().File("busy"), "#!/bin/sh\n", 0755);
  const UniqueFd writer(::open(directory().File("busy").c_str(), O_WRONLY | O_CLOEXEC));
  v1::LaunchSpec spec;
  spec.add_argv(loop);
  EXPECT_EQ(Failure(spec), "FAILED_PRECONDITION execve ELOOP");
  spec.set_argv(0, directory().File("plain/program"));
  EXPECT_EQ(Failure(spec), "NOT_FOUND execve ENOTDIR");
  spec.set_argv(0, directory().File("busy"));
  EXPECT_EQ(Failure(spec), "FAILED_PRECONDITION execve ETXTBSY");
  spec = Spec("exit_with");
  spec.mutable_standard_error()->mutable_file()->set_path(loop);
  EXPECT_EQ(Failure(spec), "FAILED_PRECONDITION openat ELOOP");
  spec.mutable_standard_error()->mutable_file()->set_path("/dev/tty");
  spec.mutable_standard_error()->mutable_file()->set_allow_special(true);
  EXPECT_EQ(Failure(spec), "FAILED_PRECONDITION openat ENXIO");
}

TEST_F(LaunchInputTest, AFileThatIsNoProgramIsAFailedPrecondition) {
  WriteFile(directory().File("text"), "echo no interpreter line\n", 0755);
  v1::LaunchSpec spec;
  spec.add_argv(directory().File("text"));
  EXPECT_EQ(Failure(spec), "FAILED_PRECONDITION execve ENOEXEC");
}

TEST_F(LaunchInputTest, AMissingWorkingDirectoryIsNotFoundByChdir) {
  v1::LaunchSpec spec = Spec("exit_with");
  spec.set_working_directory(directory().File("missing"));
  EXPECT_EQ(Failure(spec), "NOT_FOUND chdir ENOENT");
}

TEST_F(LaunchInputTest, AFileAsWorkingDirectoryIsNotFoundByChdir) {
  v1::LaunchSpec spec = Spec("exit_with");
  spec.set_working_directory(directory().Program("exit_with"));
  EXPECT_EQ(Failure(spec), "NOT_FOUND chdir ENOTDIR");
}

TEST_F(LaunchInputTest, TheWorkingDirectoryIsJudgedAsTheCaller) {
  if (!IsRoot()) GTEST_SKIP() << "needs root, to make accounts";
  const std::string path = directory().File("roots-own");
  ASSERT_EQ(::mkdir(path.c_str(), 0700), 0);
  v1::LaunchSpec spec = Spec("print_identity");
  spec.set_working_directory(path);
  EXPECT_EQ(Failure(spec), "PERMISSION_DENIED chdir EACCES");
  ASSERT_EQ(::chown(path.c_str(), user().uid, user().gid), 0);
  DoAsUser([&](AgentClient& client) {
    const std::string id = Launch(client, spec).job_id();
    WaitFinal(client, id);
    EXPECT_THAT(Output(client, id), HasSubstr(absl::StrCat("cwd ", path, "\n")));
  });
}

TEST_F(LaunchInputTest, ARedirectIsOpenedAsTheCaller) {
  if (!IsRoot()) GTEST_SKIP() << "needs root, to make accounts";
  const std::string path = directory().File("roots.txt");
  WriteFile(path, "untouched", 0644);
  v1::LaunchSpec spec = Spec("write_pattern", {"10"});
  spec.mutable_standard_output()->mutable_file()->set_path(path);
  spec.mutable_standard_output()->mutable_file()->set_mode(v1::OutputTarget::File::TRUNCATE);
  EXPECT_THAT(Failure(spec), testing::MatchesRegex("PERMISSION_DENIED open(at)? EACCES"));
  EXPECT_EQ(ReadFile(path), "untouched");
  spec.mutable_standard_output()->mutable_file()->set_path(directory().File("new.txt"));
  EXPECT_THAT(Failure(spec), testing::MatchesRegex("PERMISSION_DENIED open(at)? EACCES"));
}

TEST_F(LaunchInputTest, ARedirectAppendsTruncatesOrCreates) {
  const std::string path = Shared("out.txt");
  v1::LaunchSpec spec = Spec("exit_with");
  spec.clear_argv();
  spec.add_argv(directory().Program("copy_input"));
  spec.mutable_standard_input()->set_data("text\n");
  v1::OutputTarget::File& file = *spec.mutable_standard_output()->mutable_file();
  file.set_path(path);
  const auto run = [&](v1::OutputTarget::File::Mode mode) {
    file.set_mode(mode);
    DoAsUser([&spec](AgentClient& client) {
      EXPECT_EQ(WaitFinal(client, Launch(client, spec).job_id()).exit_code(), 0);
    });
    return ReadFile(path);
  };
  EXPECT_EQ(run(v1::OutputTarget::File::EXCLUSIVE), "text\n");
  EXPECT_EQ(run(v1::OutputTarget::File::APPEND), "text\ntext\n");
  EXPECT_EQ(run(v1::OutputTarget::File::TRUNCATE), "text\n");
  struct stat info;
  ASSERT_EQ(::stat(path.c_str(), &info), 0);
  EXPECT_EQ(info.st_uid, user().uid);
  EXPECT_EQ(info.st_mode & 07777, 0644u);
  file.set_mode(v1::OutputTarget::File::EXCLUSIVE);
  EXPECT_THAT(Failure(spec), testing::MatchesRegex("ALREADY_EXISTS open(at)? EEXIST"));
}

TEST_F(LaunchInputTest, AFifoIsRefusedAsRedirectUnlessAskedFor) {
  const std::string path = Shared("fifo");
  ASSERT_EQ(::mkfifo(path.c_str(), 0666), 0);
  ASSERT_EQ(::chmod(path.c_str(), 0666), 0);
  v1::LaunchSpec spec = Spec("write_pattern", {"10"});
  spec.mutable_standard_output()->mutable_file()->set_path(path);
  EXPECT_NE(Failure(spec), "OK");
  spec.mutable_standard_output()->mutable_file()->set_allow_special(true);
  // Without a reader it fails at once and does not hang.
  EXPECT_EQ(Failure(spec), "FAILED_PRECONDITION openat ENXIO");
}

TEST_F(LaunchInputTest, TheSameRequestIdOfAnotherUserIsAnotherJob) {
  if (!IsRoot()) GTEST_SKIP() << "needs root, to make accounts";
  v1::LaunchSpec spec = Spec("exit_with");
  spec.set_request_id("the same");
  const auto launch = [&spec](AgentClient& client) { return Launch(client, spec).job_id(); };
  const std::string mine = AsUser(launch);
  const std::string theirs = As(other_user(), launch);
  EXPECT_THAT(mine, Not(IsEmpty()));
  EXPECT_THAT(theirs, Not(IsEmpty()));
  EXPECT_NE(mine, theirs);
}

TEST_F(LaunchInputTest, RunAsIsRefusedAtTheStageThatDecides) {
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("exit_with");
    spec.set_run_as("root");
    const absl::Status status = TryLaunch(client, spec).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kPermissionDenied) << status;
    EXPECT_EQ(GetFailureDetail(status).value_or(v1::FailureDetail()).stage(), v1::AUTHORISE);
  });
}

TEST_F(LaunchInputTest, ValuesOfTheEnvironmentAreNowhereOnDisk) {
  const std::string secret = "correct-horse-battery-staple";
  DoAsUser([&](AgentClient& client) {
    v1::LaunchSpec spec = Spec("exit_with");
    (*spec.mutable_environment()->mutable_variables())["SECRET"] = secret;
    spec.mutable_standard_input()->set_data(secret);
    const std::string id = Launch(client, spec).job_id();
    WaitFinal(client, id);
    const v1::Job job = GetJob(client, id);
    EXPECT_EQ(job.spec().environment().variables().at("SECRET"), "");
    EXPECT_EQ(job.spec().standard_input().data(), "");
  });
  for (const char* name : {"agent.log", "state/journal.db", "state/journal.db-wal"}) {
    EXPECT_THAT(ReadFile(directory().File(name)), Not(HasSubstr(secret))) << name;
  }
}

}  // namespace
}  // namespace proctor
