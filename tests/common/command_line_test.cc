#include "common/command_line.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace proctor {
namespace {

using testing::HasSubstr;

struct Case {
  std::string argument;
  std::string written;
};

TEST(CommandLineTest, ArgumentsAreWrittenAsTheCRuntimeReadsThem) {
  const Case cases[] = {
      {"plain", "plain"},
      {"", R"("")"},
      {"two words", R"("two words")"},
      {"a\tb", "\"a\tb\""},
      {R"(say "hi")", R"("say \"hi\"")"},
      {R"(C:\dir\file)", R"(C:\dir\file)"},
      {R"(C:\a dir\)", R"("C:\a dir\\")"},
      {R"(\")", R"("\\\"")"},
      {R"(x\\" y)", R"("x\\\\\" y")"},
      {"&|<>^%", "&|<>^%"},
      {"\xc3\xa4", "\xc3\xa4"},
  };
  for (const Case& one : cases) {
    EXPECT_EQ(*BuildCommandLine({"p", one.argument}), "\"p\" " + one.written) << one.argument;
  }
}

TEST(CommandLineTest, TheProgramsNameIsAlwaysQuotedAndHoldsNoQuote) {
  EXPECT_EQ(*BuildCommandLine({R"(C:\Program Files\x.exe)"}), R"("C:\Program Files\x.exe")");
  EXPECT_EQ(BuildCommandLine({R"(a"b)"}).status().code(), absl::StatusCode::kInvalidArgument);
}

TEST(CommandLineTest, NoNulGetsIn) {
  EXPECT_EQ(BuildCommandLine({"p", std::string("a\0b", 3)}).status().code(),
            absl::StatusCode::kInvalidArgument);
}

TEST(CommandLineTest, TheLimitCountsUtf16UnitsAndTheTerminator) {
  // "p" and a space are four units.
  EXPECT_TRUE(BuildCommandLine({"p", std::string(kMaxCommandLineUnits - 5, 'x')}).ok());
  const absl::Status status =
      BuildCommandLine({"p", std::string(kMaxCommandLineUnits - 4, 'x')}).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(status.message()), HasSubstr("32768"));
  // U+1F600 is two units, U+00E4 one.
  EXPECT_TRUE(BuildCommandLine({"p", "\xf0\x9f\x98\x80\xc3\xa4"}, 8).ok());
  EXPECT_FALSE(BuildCommandLine({"p", "\xf0\x9f\x98\x80\xc3\xa4"}, 7).ok());
}

TEST(CommandLineTest, BatchFilesAreKnownWhateverTheirNameEndsWith) {
  for (const char* name : {"a.bat", "A.CMD", "x.cmd. ..", "y.Bat  "})
    EXPECT_TRUE(IsBatchFile(name));
  for (const char* name : {"a.exe", "bat", "a.bat.exe", ""}) EXPECT_FALSE(IsBatchFile(name));
}

TEST(CommandLineTest, ABatchFilesArgumentsAreQuotedOneByOne) {
  EXPECT_EQ(*BuildBatchCommandLine(R"(C:\cmd.exe)", R"(C:\a b.bat)", {"x&y", R"(d\)", ""}),
            R"("C:\cmd.exe" /d /e:ON /v:OFF /c ""C:\a b.bat" "x&y" "d\\" """)");
}

TEST(CommandLineTest, WhatCmdWouldInterpretIsRefused) {
  for (const std::string& argument :
       {std::string("\"&echo INJECT"), std::string("%PATH%"), std::string("a\nb"),
        std::string("a\rb"), std::string("a\0b", 3)}) {
    EXPECT_EQ(BuildBatchCommandLine("cmd.exe", "a.bat", {argument}).status().code(),
              absl::StatusCode::kInvalidArgument)
        << argument;
  }
  EXPECT_FALSE(BuildBatchCommandLine("cmd.exe", "%x%.bat", {}).ok());
}

}  // namespace
}  // namespace proctor
