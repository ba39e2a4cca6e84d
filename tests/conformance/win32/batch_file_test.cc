// Batch files go through cmd.exe, whose parsing no quoting survives: they run only when asked for,
// and never with an argument that could become a command (CVE-2024-24576, CVE-2024-43402).

#include <gmock/gmock.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "common/failure_detail.h"
#include "tests/conformance/conformance_test.h"
#include "tests/e2e/must.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

class BatchFileTest : public ConformanceTest {
 protected:
  void SetUp() override {
    ConformanceTest::SetUp();
    std::ofstream(batch_, std::ios::binary)
        << "@\"" << agent().Program("print_arguments") << "\" %*\r\n";
  }

  v1::LaunchSpec BatchSpec(const std::vector<std::string>& arguments, bool allowed) {
    v1::LaunchSpec spec;
    spec.add_argv(batch_);
    for (const std::string& argument : arguments) spec.add_argv(argument);
    spec.set_allow_batch_file(allowed);
    return spec;
  }

  // An argument whose command makes the file injected() when cmd.exe comes to see it as one.
  std::string Injection(const std::string& before) {
    return absl::StrCat(before, "&echo INJECTED>", injected_);
  }
  std::string Injected() { return ReadFile(injected_); }

  const std::string batch_ = File("show.bat");
  const std::string injected_ = File("injected");
};

TEST_F(BatchFileTest, ABatchFileNeedsToBeAskedFor) {
  for (const char* tail : {"", ".", " ", ". ."}) {
    v1::LaunchSpec spec = BatchSpec({Injection("\"")}, false);
    spec.set_argv(0, batch_ + tail);
    EXPECT_FALSE(TryLaunch(client(), spec).ok()) << '"' << tail << '"';
    EXPECT_EQ(Injected(), "");
  }
}

TEST_F(BatchFileTest, WhatNoQuotingSurvivesIsRefusedAlsoWhenAskedFor) {
  for (const std::string& argument :
       {Injection("\""), Injection("x\""), Injection("x\\\""), std::string("%CMDCMDLINE:~-1%&x"),
        std::string("a\r\nb"), std::string("a\nb")}) {
    const absl::Status status = TryLaunch(client(), BatchSpec({argument}, true)).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << argument << ": " << status;
    EXPECT_EQ(Injected(), "") << argument;
  }
}

TEST_F(BatchFileTest, OtherArgumentsArriveAndAreNoCommands) {
  const std::vector<std::string> words = {"plain", "two words", Injection("x"), "a|b",
                                          "<in",   "(x)",       "!x!",          "C:\\dir\\"};
  std::string expected;
  for (const std::string& word : words) expected += word + '\0';
  EXPECT_EQ(OutputOf(BatchSpec(words, true)), expected);
  EXPECT_EQ(Injected(), "");
}

TEST_F(BatchFileTest, AProgramThatIsABatchFileIsFoundAndTheRefusalSaysWhatToDo) {
  v1::LaunchSpec spec = BatchSpec({"word"}, false);
  spec.set_argv(0, batch_.substr(0, batch_.rfind('.')));
  const absl::Status status = TryLaunch(client(), spec).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << status;
  EXPECT_THAT(GetFailureDetail(status)->advice(), HasSubstr("--allow-batch-file"));
  spec.set_allow_batch_file(true);
  EXPECT_EQ(OutputOf(spec), std::string("word\0", 5));
}

TEST_F(BatchFileTest, ACommandLineIsPassedOnAsItIs) {
  v1::LaunchSpec spec;
  spec.add_argv("cmd.exe");
  spec.set_raw_command_line(R"(cmd.exe /d /s /c "echo "one"  two")");
  EXPECT_EQ(OutputOf(spec), "\"one\"  two\r\n");
}

TEST_F(BatchFileTest, ACommandLineGoesWithNoArguments) {
  v1::LaunchSpec spec;
  spec.add_argv("cmd.exe");
  spec.add_argv("/c");
  spec.set_raw_command_line("cmd.exe /c exit 0");
  const absl::Status status = TryLaunch(client(), spec).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << status;
  EXPECT_EQ(GetFailureDetail(status)->field(), "spec.argv");
}

}  // namespace
}  // namespace proctor
