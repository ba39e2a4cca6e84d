// Arguments, environment, directory, input and redirects arrive as they were given, or are refused
// by name.

#include <gmock/gmock.h>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/failure_detail.h"
#include "tests/conformance/conformance_test.h"
#include "tests/e2e/must.h"

namespace proctor {
namespace {

using ::testing::Contains;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::Not;
using ::testing::StartsWith;

class LaunchInputTest : public ConformanceTest {
 protected:
  absl::Status Refusal(const v1::LaunchSpec& spec) { return TryLaunch(client(), spec).status(); }

  static v1::FailureDetail DetailOf(const absl::Status& status) {
    return GetFailureDetail(status).value_or(v1::FailureDetail());
  }

  // That it is an INVALID_ARGUMENT of this field.
  void ExpectInvalid(const v1::LaunchSpec& spec, const std::string& field) {
    const absl::Status status = Refusal(spec);
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
    EXPECT_EQ(DetailOf(status).field(), field);
  }
};

TEST_F(LaunchInputTest, ArgumentsArriveAsTheyWereGiven) {
  const std::vector<std::string> words = {"plain",
                                          "",
                                          "two words",
                                          "tab\there",
                                          "new\nline",
                                          "say \"hi\"",
                                          "\"",
                                          "\\",
                                          "back\\slash\\",
                                          "\\\"",
                                          "\\\\\"",
                                          "trailing\\\\",
                                          "a b\\",
                                          "&|<>^()",
                                          "%PATH%",
                                          "!x!",
                                          "$HOME",
                                          "`id`",
                                          "*",
                                          "?",
                                          "'single'",
                                          "--flag=a b",
                                          "-",
                                          "\xc3\xa4\xe2\x82\xac",
                                          "\xf0\x9f\x8e\x89 \xd0\xb6",
                                          " leading",
                                          "trailing ",
                                          "C:\\dir with space\\"};
  std::string expected;
  for (const std::string& word : words) expected += word + '\0';
  EXPECT_EQ(OutputOf(Spec("print_arguments", words)), expected);
}

TEST_F(LaunchInputTest, AnEmptyArgvIsAnInvalidArgumentThatNamesTheField) {
  ExpectInvalid(v1::LaunchSpec(), "spec.argv");
}

TEST_F(LaunchInputTest, ANulByteIsAnInvalidArgumentThatNamesTheField) {
  ExpectInvalid(Spec("exit_with", {std::string("0\0x", 3)}), "spec.argv[1]");
  v1::LaunchSpec spec = Spec("exit_with");
  spec.set_working_directory(std::string("/tmp\0/etc", 9));
  ExpectInvalid(spec, "spec.working_directory");
}

TEST_F(LaunchInputTest, TwoMegabytesOfArgumentsAreRefusedBeforeAnythingRuns) {
  v1::LaunchSpec spec = Spec("mark_launch", {File("marks"), "ran"});
  // None of them is too long by itself, on no system.
  for (int i = 0; i < 2100; ++i) spec.add_argv(std::string(1000, 'x'));
  ExpectInvalid(spec, "spec.argv");
  EXPECT_EQ(ReadFile(File("marks")), "");
}

TEST_F(LaunchInputTest, AnExactEnvironmentIsExact) {
  v1::LaunchSpec spec = Spec("print_launch");
  v1::Environment& environment = *spec.mutable_environment();
  environment.set_base(v1::Environment::EXACT);
  (*environment.mutable_variables())["NAME"] = "value with spaces = and signs";
  (*environment.mutable_variables())["EMPTY"] = "";
  (*environment.mutable_variables())["UNICODE"] = "\xc3\xa4\xe2\x82\xac";
  // A Windows program does not start without it.
  (*environment.mutable_variables())["SystemRoot"] = "C:\\windows";
  std::vector<std::string> entries;
  for (const std::string& line : Lines(OutputOf(spec))) {
    // What Wine gives to every process.
    if (line.rfind("env WINE", 0) == 0 || line.rfind("env SystemDrive=", 0) == 0) continue;
    if (line.rfind("env ", 0) == 0 && line.rfind("env PROCTOR_", 0) != 0) entries.push_back(line);
  }
  EXPECT_THAT(entries,
              ::testing::UnorderedElementsAre("env NAME=value with spaces = and signs",
                                              "env EMPTY=", "env UNICODE=\xc3\xa4\xe2\x82\xac",
                                              "env SystemRoot=C:\\windows"));
}

TEST_F(LaunchInputTest, VariablesAreAddedToTheLoginEnvironment) {
  v1::LaunchSpec spec = Spec("print_launch");
  (*spec.mutable_environment()->mutable_variables())["ADDED"] = "by the caller";
  const std::vector<std::string> lines = Lines(OutputOf(spec));
  EXPECT_THAT(lines, Contains("env ADDED=by the caller"));
  EXPECT_THAT(lines, Contains(::testing::AnyOf(StartsWith("env PATH="), StartsWith("env Path="))));
}

TEST_F(LaunchInputTest, TheJobKnowsItsId) {
  const std::string id = Launch(client(), Spec("print_launch")).job_id();
  WaitFinal(client(), id);
  EXPECT_THAT(Lines(Output(client(), id)), Contains("env PROCTOR_JOB_ID=" + id));
}

TEST_F(LaunchInputTest, TheWorkingDirectoryIsTheOneAskedFor) {
  v1::LaunchSpec spec = Spec("print_launch");
  std::string directory = File("");
  directory.pop_back();
  spec.set_working_directory(directory);
  EXPECT_THAT(Lines(OutputOf(spec)), Contains("cwd " + directory));
}

TEST_F(LaunchInputTest, AMissingWorkingDirectoryIsNotFoundAndNothingRuns) {
  v1::LaunchSpec spec = Spec("mark_launch", {File("marks"), "ran"});
  spec.set_working_directory(File("missing"));
  const absl::Status status = Refusal(spec);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
  EXPECT_FALSE(DetailOf(status).call().empty());
  EXPECT_EQ(ReadFile(File("marks")), "");
}

// The values of variables are told nobody, however few directories PATH has.
TEST_F(LaunchInputTest, AProgramThatIsNotInPathIsNamedAlone) {
  for (const std::string& path : {File("missing"), TestAgent::Command()}) {
    v1::LaunchSpec spec;
    spec.add_argv("no-such-program");
    (*spec.mutable_environment()->mutable_variables())["PATH"] = path;
    const absl::Status status = Refusal(spec);
    EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
    EXPECT_EQ(DetailOf(status).subject(), "no-such-program");
    EXPECT_THAT(DetailOf(status).advice(), HasSubstr("PATH"));
  }
}

TEST_F(LaunchInputTest, AnUnknownExecutableIsNotFoundAndTheStagesSayWhere) {
  v1::LaunchSpec spec;
  spec.add_argv(File("no-such-program.exe"));
  const absl::Status status = Refusal(spec);
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound) << status;
  const v1::FailureDetail detail = DetailOf(status);
  EXPECT_THAT(detail.subject(), HasSubstr("no-such-program"));
  ASSERT_GT(detail.stages_size(), 0);
  EXPECT_EQ(detail.stages(0).stage(), v1::AUTHENTICATE);
  int failed = 0;
  for (const v1::StageReport& stage : detail.stages()) {
    if (stage.os_error_code() == 0) continue;
    ++failed;
    EXPECT_EQ(stage.stage(), detail.stage());
    EXPECT_EQ(stage.call(), detail.call());
  }
  EXPECT_EQ(failed, 1);
}

TEST_F(LaunchInputTest, AFailedLaunchReleasesItsRequestId) {
  v1::LaunchSpec spec = Spec("exit_with", {"6"});
  spec.set_working_directory(File("late"));
  spec.set_request_id("the same");
  EXPECT_EQ(Refusal(spec).code(), absl::StatusCode::kNotFound);
  spec.clear_working_directory();
  EXPECT_EQ(WaitMain(client(), Launch(client(), spec).job_id()).exit_code(), 6);
}

TEST_F(LaunchInputTest, ALaunchTellsEveryStageInOrder) {
  const v1::LaunchResponse launched = Launch(client(), Spec("exit_with"));
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
  WaitFinal(client(), launched.job_id());
}

TEST_F(LaunchInputTest, StandardInputOfSeveralMegabytesArrives) {
  v1::LaunchSpec spec = Spec("copy_input");
  std::string data(6 << 20, '\0');
  for (size_t i = 0; i < data.size(); ++i) data[i] = static_cast<char>(i * 7 + i / 256);
  spec.mutable_standard_input()->set_data(data);
  EXPECT_TRUE(OutputOf(spec) == data);
}

TEST_F(LaunchInputTest, ARedirectAppendsTruncatesOrCreates) {
  const std::string path = File("out.txt");
  v1::LaunchSpec spec = Spec("copy_input");
  spec.mutable_standard_input()->set_data("text\n");
  v1::OutputTarget::File& file = *spec.mutable_standard_output()->mutable_file();
  file.set_path(path);
  const auto run = [&](v1::OutputTarget::File::Mode mode) {
    file.set_mode(mode);
    EXPECT_EQ(WaitFinal(client(), Launch(client(), spec).job_id()).exit_code(), 0);
    return ReadFile(path);
  };
  EXPECT_EQ(run(v1::OutputTarget::File::EXCLUSIVE), "text\n");
  EXPECT_EQ(run(v1::OutputTarget::File::APPEND), "text\ntext\n");
  EXPECT_EQ(run(v1::OutputTarget::File::TRUNCATE), "text\n");
  file.set_mode(v1::OutputTarget::File::EXCLUSIVE);
  EXPECT_EQ(Refusal(spec).code(), absl::StatusCode::kAlreadyExists);
}

TEST_F(LaunchInputTest, ARelativeRedirectIsBelowTheWorkingDirectory) {
  v1::LaunchSpec spec = Spec("write_pattern", {"10"});
  spec.set_working_directory(File(""));
  spec.mutable_standard_output()->mutable_file()->set_path("relative.txt");
  EXPECT_EQ(WaitFinal(client(), Launch(client(), spec).job_id()).exit_code(), 0);
  EXPECT_EQ(ReadFile(File("relative.txt")).size(), 10u);
}

TEST_F(LaunchInputTest, SecretsOfALaunchAreNotToldAgain) {
  v1::LaunchSpec spec = Spec("exit_with");
  (*spec.mutable_environment()->mutable_variables())["SECRET"] = "correct-horse";
  spec.mutable_standard_input()->set_data("battery-staple");
  const std::string id = Launch(client(), spec).job_id();
  WaitFinal(client(), id);
  const v1::Job job = GetJob(client(), id);
  EXPECT_THAT(job.ShortDebugString(), Not(HasSubstr("correct-horse")));
  EXPECT_THAT(job.ShortDebugString(), Not(HasSubstr("battery-staple")));
}

}  // namespace
}  // namespace proctor
