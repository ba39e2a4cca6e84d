// What a launch does with input that is wrong, huge, or forbidden.

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "tests/e2e/agent_fixture.h"
#include "tests/e2e/eventually.h"

namespace proctor {
namespace {

using ::testing::AnyOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr char kUnknownJob[] = "00000000000000000000000000";

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

TEST_F(LaunchInputTest, AnEmptyArgvIsAnInvalidArgumentThatNamesTheField) {
  EXPECT_EQ(Failure(v1::LaunchSpec()), "INVALID_ARGUMENT spec.argv");
}

TEST_F(LaunchInputTest, ANulByteIsAnInvalidArgumentThatNamesTheField) {
  v1::LaunchSpec spec = Spec("exit_with", {std::string("0\0x", 3)});
  EXPECT_EQ(Failure(spec), "INVALID_ARGUMENT spec.argv[1]");
  spec = Spec("exit_with");
  spec.set_working_directory(std::string("/tmp\0/etc", 9));
  EXPECT_EQ(Failure(spec), "INVALID_ARGUMENT spec.working_directory");
}

TEST_F(LaunchInputTest, TwoMegabytesOfArgumentsAreRefusedBeforeAnythingRuns) {
  v1::LaunchSpec spec = Spec("exit_with");
  for (int i = 0; i < 21; ++i) spec.add_argv(std::string(100'000, 'x'));
  EXPECT_EQ(Failure(spec), "INVALID_ARGUMENT spec.argv");
}

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

TEST_F(LaunchInputTest, StandardInputOfMegabytesArrives) {
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("copy_input");
    std::string data(6 << 20, '\0');
    for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>(i * 7 + i / 256);
    spec.mutable_standard_input()->set_data(data);
    const std::string id = Launch(client, spec).job_id();
    EXPECT_EQ(WaitFinal(client, id).exit_code(), 0);
    EXPECT_TRUE(Output(client, id) == data);
  });
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
}

TEST_F(LaunchInputTest, AFileThatIsNoProgramIsAFailedPrecondition) {
  WriteFile(directory().File("text"), "echo no interpreter line\n", 0755);
  v1::LaunchSpec spec;
  spec.add_argv(directory().File("text"));
  EXPECT_EQ(Failure(spec), "FAILED_PRECONDITION execve ENOEXEC");
}

TEST_F(LaunchInputTest, AFailedLaunchTellsTheStagesUpToTheOneThatFailed) {
  v1::LaunchSpec spec;
  spec.add_argv(directory().File("no-such-program"));
  DoAsUser([&spec](AgentClient& client) {
    const absl::Status status = TryLaunch(client, spec).status();
    const absl::optional<v1::FailureDetail> detail = GetFailureDetail(status);
    Require(detail.has_value(), "no FailureDetail");
    EXPECT_THAT(detail->subject(), HasSubstr("no-such-program"));
    ASSERT_GT(detail->stages_size(), 0);
    EXPECT_EQ(detail->stages(0).stage(), v1::AUTHENTICATE);
    int failed = 0;
    for (const v1::StageReport& stage : detail->stages()) {
      if (stage.os_error_code() == 0) continue;
      ++failed;
      EXPECT_EQ(stage.stage(), detail->stage());
      EXPECT_EQ(stage.call(), "execve");
      EXPECT_EQ(stage.os_error_name(), "ENOENT");
    }
    EXPECT_EQ(failed, 1);
  });
}

TEST_F(LaunchInputTest, ALaunchTellsEveryStageInOrder) {
  DoAsUser([this](AgentClient& client) {
    const v1::LaunchResponse launched = Launch(client, Spec("exit_with"));
    std::vector<int> stages;
    for (const v1::StageReport& stage : launched.stages()) {
      stages.push_back(stage.stage());
      EXPECT_TRUE(!stage.call().empty() || stage.skipped()) << stage.ShortDebugString();
      EXPECT_FALSE(stage.result().empty()) << stage.ShortDebugString();
    }
    EXPECT_THAT(stages, ElementsAre(v1::AUTHENTICATE, v1::IDENTIFY, v1::AUTHORISE,
                                    v1::ACQUIRE_LOGON_TOKEN, v1::IMPERSONATE, v1::MAKE_PRIMARY,
                                    v1::RESTRICT, v1::PREPARE_ENVIRONMENT, v1::VERIFY, v1::CREATE));
    EXPECT_GT(launched.main_process().pid(), 0);
  });
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

TEST_F(LaunchInputTest, ARelativeRedirectIsBelowTheWorkingDirectory) {
  const std::string path = Shared("relative.txt");
  v1::LaunchSpec spec = Spec("write_pattern", {"10"});
  spec.set_working_directory(Shared(""));
  spec.mutable_standard_output()->mutable_file()->set_path("relative.txt");
  DoAsUser([&spec](AgentClient& client) {
    EXPECT_EQ(WaitFinal(client, Launch(client, spec).job_id()).exit_code(), 0);
  });
  EXPECT_EQ(ReadFile(path).size(), 10u);
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
  EXPECT_THAT(Failure(spec), HasSubstr("ENXIO"));
}

TEST_F(LaunchInputTest, AnUnknownJobIsNotFoundByEveryCall) {
  DoAsUser([](AgentClient& client) {
    for (const std::string& id : {std::string(kUnknownJob), std::string("no id at all"),
                                  std::string("../../../../etc/passwd"), std::string()}) {
      v1::WaitRequest wait;
      wait.set_job_id(id);
      EXPECT_EQ(client.Wait(wait).status().code(), absl::StatusCode::kNotFound) << id;
      v1::KillRequest kill;
      kill.set_job_id(id);
      EXPECT_EQ(client.Kill(kill).status().code(), absl::StatusCode::kNotFound) << id;
      v1::GetJobRequest get;
      get.set_job_id(id);
      EXPECT_EQ(client.GetJob(get).status().code(), absl::StatusCode::kNotFound) << id;
      v1::ReadOutputRequest read;
      read.set_job_id(id);
      read.set_stream(v1::STDOUT);
      EXPECT_EQ(
          client.ReadOutput(read, [](const v1::OutputChunk&) { return true; }).status().code(),
          absl::StatusCode::kNotFound)
          << id;
      v1::SignalRequest signal;
      signal.set_job_id(id);
      signal.set_signal(15);
      EXPECT_EQ(client.Signal(signal).status().code(), absl::StatusCode::kNotFound) << id;
      v1::DeleteJobRequest remove;
      remove.set_job_id(id);
      EXPECT_EQ(client.DeleteJob(remove).status().code(), absl::StatusCode::kNotFound) << id;
    }
  });
}

TEST_F(LaunchInputTest, ARepeatedRequestIdReturnsTheJobThatExists) {
  const std::string marks = Shared("marks");
  v1::LaunchSpec spec = Spec("mark_launch", {marks, "once"});
  spec.set_request_id("the same");
  DoAsUser([&spec](AgentClient& client) {
    const v1::LaunchResponse first = Launch(client, spec);
    const v1::LaunchResponse second = Launch(client, spec);
    EXPECT_FALSE(first.existing());
    EXPECT_TRUE(second.existing());
    EXPECT_EQ(first.job_id(), second.job_id());
    EXPECT_EQ(first.main_process().pid(), second.main_process().pid());
    WaitFinal(client, first.job_id());
  });
  EXPECT_THAT(Lines(ReadFile(marks)), ElementsAre("once"));
}

TEST_F(LaunchInputTest, ARequestIdWithOtherContentAlreadyExists) {
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("exit_with", {"1"});
    spec.set_request_id("the same");
    (*spec.mutable_environment()->mutable_variables())["SECRET"] = "one";
    Launch(client, spec);
    v1::LaunchSpec argument = spec;
    argument.set_argv(1, "2");
    EXPECT_EQ(TryLaunch(client, argument).status().code(), absl::StatusCode::kAlreadyExists);
    v1::LaunchSpec secret = spec;
    (*secret.mutable_environment()->mutable_variables())["SECRET"] = "two";
    EXPECT_EQ(TryLaunch(client, secret).status().code(), absl::StatusCode::kAlreadyExists);
  });
}

TEST_F(LaunchInputTest, ADeletedJobReleasesItsRequestId) {
  DoAsUser([this](AgentClient& client) {
    v1::LaunchSpec spec = Spec("exit_with");
    spec.set_request_id("the same");
    const std::string first = Launch(client, spec).job_id();
    WaitFinal(client, first);
    v1::DeleteJobRequest remove;
    remove.set_job_id(first);
    Must(client.DeleteJob(remove));
    const v1::LaunchResponse second = Launch(client, spec);
    EXPECT_FALSE(second.existing());
    EXPECT_NE(second.job_id(), first);
  });
}

TEST_F(LaunchInputTest, AFailedLaunchReleasesItsRequestId) {
  const std::string late = Shared("late");
  DoAsUser([&](AgentClient& client) {
    v1::LaunchSpec spec;
    spec.add_argv(late);
    spec.set_request_id("the same");
    EXPECT_EQ(TryLaunch(client, spec).status().code(), absl::StatusCode::kNotFound);
    Require(::symlink(directory().Program("exit_with").c_str(), late.c_str()) == 0, "symlink");
    EXPECT_EQ(WaitMain(client, Launch(client, spec).job_id()).exit_code(), 0);
  });
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

TEST_F(LaunchInputTest, AWaitWhoseDeadlinePassesLeavesTheJobAlone) {
  DoAsUser([this](AgentClient& client) {
    const std::string id = Launch(client, Spec("wait_for_end")).job_id();
    v1::WaitRequest wait;
    wait.set_job_id(id);
    CallOptions options;
    options.deadline = absl::Milliseconds(50);
    EXPECT_EQ(client.Wait(wait, options).status().code(), absl::StatusCode::kDeadlineExceeded);
    options.deadline = absl::ZeroDuration();
    EXPECT_EQ(client.Wait(wait, options).status().code(), absl::StatusCode::kDeadlineExceeded);
    EXPECT_EQ(GetJob(client, id).state(), v1::RUNNING);
    Kill(client, id, absl::ZeroDuration());
  });
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

TEST_F(LaunchInputTest, EveryExitCodeComesBack) {
  DoAsUser([this](AgentClient& client) {
    for (const int code : {0, 1, 125, 126, 127, 128, 137, 254, 255}) {
      const std::string id = Launch(client, Spec("exit_with", {absl::StrCat(code)})).job_id();
      const v1::ExitRecord exit = WaitMain(client, id);
      EXPECT_EQ(exit.reason(), v1::EXITED);
      EXPECT_TRUE(exit.has_exit_code());
      EXPECT_EQ(exit.exit_code(), code);
      EXPECT_FALSE(exit.has_signal());
    }
  });
}

}  // namespace
}  // namespace proctor
