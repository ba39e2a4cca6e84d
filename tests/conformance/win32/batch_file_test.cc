// Batch files go through cmd.exe, whose parsing no quoting survives: they run only when asked for,
// and never with an argument that could become a command (CVE-2024-24576, CVE-2024-43402).

#include <gmock/gmock.h>

#include <fstream>

#include "absl/strings/str_cat.h"
#include "tests/conformance/conformance_test.h"
#include "tests/e2e/must.h"

namespace proctor {
namespace {

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

}  // namespace
}  // namespace proctor
