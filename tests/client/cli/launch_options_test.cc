#include "client/cli/launch_options.h"

#include <gtest/gtest.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdlib>

#include "common/proto_time.h"

namespace proctor::cli {
namespace {

absl::StatusOr<v1::LaunchSpec> Build(std::vector<std::string> words,
                                     const std::vector<std::string>& command = {"true"}) {
  CLI::App app;
  LaunchOptions options;
  options.Define(&app);
  app.parse(std::vector<std::string>(words.rbegin(), words.rend()));
  return options.Build(command);
}

TEST(LaunchOptionsTest, NothingAskedForIsTheEmptySpec) {
  EXPECT_EQ(Build({})->ShortDebugString(), "argv: \"true\"");
}

TEST(LaunchOptionsTest, CommandIsRequired) { EXPECT_FALSE(Build({}, {}).ok()); }

TEST(LaunchOptionsTest, Environment) {
  ::setenv("PROCTOR_TEST_HERE", "value here", 1);
  ::setenv("A", "B=trap", 1);
  const auto spec = Build({"--env", "A=B", "-e", "PROCTOR_TEST_HERE", "--env",
                           "EMPTY=", "--unset-env", "LANG", "--unset-env", "TZ"});
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->environment().base(), v1::Environment::LOGIN);
  EXPECT_EQ(spec->environment().variables().at("A"), "B");
  EXPECT_EQ(spec->environment().variables().at("PROCTOR_TEST_HERE"), "value here");
  EXPECT_EQ(spec->environment().variables().at("EMPTY"), "");
  EXPECT_EQ(spec->environment().unset_size(), 2);
  EXPECT_EQ(Build({"--env-exact"})->environment().base(), v1::Environment::EXACT);
  EXPECT_FALSE(Build({"--env", "PROCTOR_TEST_NOT_HERE"}).ok());
  EXPECT_FALSE(Build({"--env", "=x"}).ok());
}

TEST(LaunchOptionsTest, WhatIsNotUtf8GoesIntoByteStrings) {
  const auto spec = Build({"--env", "A=\xff", "--env", "B=2", "--cwd", "/\xfe", "--executable",
                           "/bin/\xfd", "--stdout", "/tmp/\xfc:truncate", "--stderr", "/tmp/e"},
                          {"echo", "\xfb"});
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->argv_size(), 0);
  const v1::ByteStrings& bytes = spec->byte_strings();
  ASSERT_EQ(bytes.argv_size(), 2);
  EXPECT_EQ(bytes.argv(0), "echo");
  EXPECT_EQ(bytes.argv(1), "\xfb");
  ASSERT_EQ(bytes.environment_size(), 1);
  EXPECT_EQ(bytes.environment(0), "A=\xff");
  EXPECT_EQ(spec->environment().variables().size(), 1u);
  EXPECT_EQ(bytes.working_directory(), "/\xfe");
  EXPECT_EQ(bytes.executable(), "/bin/\xfd");
  EXPECT_EQ(bytes.standard_output_path(), "/tmp/\xfc");
  EXPECT_EQ(spec->standard_output().file().mode(), v1::OutputTarget::File::TRUNCATE);
  EXPECT_EQ(spec->standard_output().file().path(), "");
  EXPECT_EQ(spec->standard_error().file().path(), "/tmp/e");
}

TEST(LaunchOptionsTest, WhatMustBeUtf8IsNamedWhenItIsNot) {
  for (const char* const option : {"--label", "--run-as", "--request-id", "--unset-env"}) {
    const absl::Status status = Build({option, "a=\xff"}).status();
    EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument) << option;
    EXPECT_EQ(std::string(status.message()).rfind(option, 0), 0u) << status;
  }
}

TEST(LaunchOptionsTest, DirectoryIsMadeAbsolute) {
  EXPECT_EQ(Build({"--cwd", "/tmp"})->working_directory(), "/tmp");
  EXPECT_EQ(Build({"-C", "sub"})->working_directory().front(), '/');
}

TEST(LaunchOptionsTest, SharingAndRunAs) {
  const auto spec =
      Build({"--share", "user:bob=query", "--share", "group:ci=all", "--run-as", "al"});
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->share_with(0).user(), "bob");
  EXPECT_EQ(spec->share_with(1).rights_size(), 6);
  EXPECT_EQ(spec->run_as(), "al");
  EXPECT_FALSE(Build({"--share", "bob"}).ok());
}

TEST(LaunchOptionsTest, WhatIsForAgentsOnWindows) {
  const auto spec = Build({"--raw-command-line", "cmd.exe /c \"a\"", "--allow-batch-file"});
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->raw_command_line(), "cmd.exe /c \"a\"");
  EXPECT_TRUE(spec->allow_batch_file());
}

TEST(LaunchOptionsTest, Output) {
  EXPECT_TRUE(Build({"--merge"})->standard_error().has_merge());
  EXPECT_TRUE(Build({"--stdout", "discard"})->standard_output().has_discard());
  EXPECT_FALSE(Build({"--stdout", "merge"}).ok());
  EXPECT_FALSE(Build({"--merge", "--stderr", "discard"}).ok());
}

TEST(LaunchOptionsTest, OutputLimitBoundsWhatIsSpooled) {
  const auto both = Build({"--output-limit", "10M"});
  EXPECT_EQ(both->standard_output().spool().limit_bytes(), 10485760u);
  EXPECT_EQ(both->standard_error().spool().limit_bytes(), 10485760u);
  const auto merged = Build({"--output-limit", "1K", "--merge"});
  EXPECT_EQ(merged->standard_output().spool().limit_bytes(), 1024u);
  EXPECT_TRUE(merged->standard_error().has_merge());
  EXPECT_EQ(Build({"--output-limit", "1K", "--stdout", "spool:2K"})
                ->standard_output()
                .spool()
                .limit_bytes(),
            2048u);
}

TEST(LaunchOptionsTest, Lifetime) {
  const auto spec = Build({"--timeout", "30s", "--grace", "0", "--kill-signal", "INT",
                           "--keep-tree", "--retention", "1h", "--on-caller-gone", "kill:5s"});
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(FromDurationProto(spec->timeout()), absl::Seconds(30));
  EXPECT_TRUE(spec->kill_policy().has_grace_period());
  EXPECT_EQ(spec->kill_policy().signal(), SIGINT);
  EXPECT_EQ(spec->tree_after_main(), v1::KEEP_TREE);
  EXPECT_EQ(FromDurationProto(spec->retention()), absl::Hours(1));
  EXPECT_EQ(spec->on_caller_gone().action(), v1::OnCallerGone::KILL);
  EXPECT_EQ(FromDurationProto(spec->on_caller_gone().after()), absl::Seconds(5));
}

TEST(LaunchOptionsTest, OnCallerGone) {
  EXPECT_EQ(ParseOnCallerGone("keep")->action(), v1::OnCallerGone::KEEP);
  EXPECT_FALSE(ParseOnCallerGone("kill")->has_after());
  for (const std::string text : {"", "keep:5s", "kill:", "killed", "kill5"}) {
    EXPECT_FALSE(ParseOnCallerGone(text).ok()) << text;
  }
}

TEST(LaunchOptionsTest, WrongValuesNameTheirOption) {
  const auto timeout = Build({"--timeout", "soon"});
  EXPECT_EQ(timeout.status().message().substr(0, 9), "--timeout");
  EXPECT_EQ(Build({"--label", "x"}).status().message().substr(0, 7), "--label");
}

TEST(LaunchOptionsTest, TheRest) {
  const auto spec = Build({"--label", "a=1", "-l", "b=x=y", "--run-as", "bob", "--request-id", "r",
                           "--no-new-privs", "--drop-caps", "--executable", "/bin/sh"});
  ASSERT_TRUE(spec.ok()) << spec.status();
  EXPECT_EQ(spec->labels().at("b"), "x=y");
  EXPECT_EQ(spec->run_as(), "bob");
  EXPECT_EQ(spec->request_id(), "r");
  EXPECT_TRUE(spec->restrictions().no_new_privileges());
  EXPECT_TRUE(spec->restrictions().drop_all_capabilities());
  EXPECT_EQ(spec->executable(), "/bin/sh");
}

}  // namespace
}  // namespace proctor::cli
