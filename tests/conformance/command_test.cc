// The `proctor` command against a real agent: what it prints, and what it exits with.

#include <gmock/gmock.h>

#include <filesystem>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/strip.h"
#include "tests/conformance/child_process.h"
#include "tests/conformance/conformance_test.h"
#include "tests/e2e/must.h"

namespace proctor {
namespace {

using ::testing::HasSubstr;

class CommandTest : public ConformanceTest {
 protected:
  struct Result {
    int code = -1;
    std::string out;
    std::string err;
  };

  Result Command(const std::vector<std::string>& words) {
    const std::string out = File(absl::StrCat("out", ++commands_));
    const std::string err = File(absl::StrCat("err", commands_));
    std::vector<std::string> all = {TestAgent::Command(), "--agent", agent().target()};
    all.insert(all.end(), words.begin(), words.end());
    ChildProcess command(all, out, err);
    const absl::optional<int> code = command.AwaitExit(absl::Seconds(60));
    Require(code.has_value(), "the command does not end");
    return {*code, ReadFile(out), ReadFile(err)};
  }

  // `proctor SUBCOMMAND… -- PROGRAM ARGUMENT…`
  Result CommandOn(std::vector<std::string> words, const v1::LaunchSpec& spec) {
    words.push_back("--");
    words.insert(words.end(), spec.argv().begin(), spec.argv().end());
    return Command(words);
  }

  // The job id that `proctor launch` prints.
  std::string LaunchByCommand(const v1::LaunchSpec& spec) {
    const Result launched = CommandOn({"launch"}, spec);
    Require(launched.code == 0, launched.err);
    return absl::StrReplaceAll(launched.out, {{"\r", ""}, {"\n", ""}});
  }

 private:
  int commands_ = 0;
};

TEST_F(CommandTest, ARunGivesBothStreamsUnchangedAndTheExitCode) {
  const Result said = CommandOn({"run"}, Spec("say", {"out", "to you", "err", "aside"}));
  EXPECT_EQ(said.code, 0);
  EXPECT_EQ(said.out, "to you\n");
  EXPECT_EQ(said.err, "aside\n");
  EXPECT_EQ(CommandOn({"run"}, Spec("exit_with", {"7"})).code, 7);
}

TEST_F(CommandTest, AnUnknownProgramIs127AndSaysWhereItFailed) {
  const Result result = Command({"run", "--", "no-such-program-here"});
  EXPECT_EQ(result.code, 127) << result.err;
  EXPECT_THAT(result.err, HasSubstr("no-such-program-here"));
}

TEST_F(CommandTest, ATimeoutIs124) {
  const Result result =
      CommandOn({"run", "--timeout", "200ms", "--grace", "0s"}, Spec("wait_for_end", {"ignore"}));
  EXPECT_EQ(result.code, 124) << result.err;
}

TEST_F(CommandTest, VerboseNamesEveryStage) {
  const Result result = CommandOn({"run", "--verbose"}, Spec("exit_with"));
  EXPECT_EQ(result.code, 0) << result.err;
  for (const char* stage : {"AUTHENTICATE", "IDENTIFY", "AUTHORISE", "IMPERSONATE", "MAKE_PRIMARY",
                            "VERIFY", "CREATE"}) {
    EXPECT_THAT(result.out + result.err, HasSubstr(stage));
  }
}

TEST_F(CommandTest, LaunchWaitAndKillAreThreeCommands) {
  const std::string waited = LaunchByCommand(Spec("exit_with", {"9"}));
  EXPECT_EQ(Command({"wait", waited}).code, 9);
  const std::string killed = LaunchByCommand(Spec("wait_for_end", {"ignore"}));
  const Result kill = Command({"kill", "--grace", "0s", killed});
  EXPECT_EQ(kill.code, 0) << kill.err;
  EXPECT_EQ(GetJob(client(), killed).exit().reason(), v1::KILLED);
  EXPECT_TRUE(GetJob(client(), killed).exit().final());
}

TEST_F(CommandTest, LogsAndInspectTellOfAFinishedJob) {
  const std::string id = LaunchByCommand(Spec("say", {"out", "kept"}));
  WaitFinal(client(), id);
  EXPECT_EQ(Command({"logs", id}).out, "kept\n");
  const Result inspected = Command({"--json", "inspect", id});
  EXPECT_EQ(inspected.code, 0);
  EXPECT_THAT(inspected.out, HasSubstr(id));
  EXPECT_THAT(inspected.out, HasSubstr("\"EXITED\""));
}

TEST_F(CommandTest, LogsOfASpoolFileThatIsGoneOrCutFail) {
  const v1::LaunchSpec spec = Spec("say", {"out", "kept"});
  for (const bool gone : {false, true}) {
    const std::string id = LaunchByCommand(spec);
    WaitFinal(client(), id);
    const std::filesystem::path file = agent().spool_directory() + "/" + id + ".out";
    if (gone) {
      ASSERT_TRUE(std::filesystem::remove(file));
    } else {
      std::filesystem::resize_file(file, 2);
    }
    const Result logs = Command({"logs", id});
    EXPECT_EQ(logs.code, 1);
    EXPECT_EQ(logs.out, gone ? "" : "ke");
    EXPECT_THAT(logs.err, HasSubstr("removed or cut"));
  }
}

TEST_F(CommandTest, InfoAndWhoamiAnswer) {
  EXPECT_EQ(Command({"info"}).code, 0);
  EXPECT_EQ(Command({"whoami"}).code, 0);
}

}  // namespace
}  // namespace proctor
