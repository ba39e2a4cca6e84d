#include "agent/jobhost/linux/program_interpreter.h"

#include <fstream>
#include <sstream>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace proctor::jobhost {
namespace {

TEST(ProgramInterpreterTest, AScriptNamesItOnItsFirstLine) {
  EXPECT_EQ(InterpreterOf("#!/bin/sh\necho"), "/bin/sh");
  EXPECT_EQ(InterpreterOf("#! \t/usr/bin/env python3\n"), "/usr/bin/env");
  EXPECT_EQ(InterpreterOf("#!/bin/sh"), "/bin/sh");
  EXPECT_EQ(InterpreterOf("#!/bin/sh\r\n"), "/bin/sh\r");
}

TEST(ProgramInterpreterTest, WhatNamesNoneHasNone) {
  for (const absl::string_view head :
       {absl::string_view(), absl::string_view("#!"), absl::string_view("#!\n/bin/sh"),
        absl::string_view("# !/bin/sh"),
        absl::string_view("\x7f"
                          "ELF"),
        absl::string_view("echo")}) {
    EXPECT_EQ(InterpreterOf(head), "") << head;
  }
}

TEST(ProgramInterpreterTest, AnElfFileNamesItsLoader) {
  std::ifstream file("/bin/true", std::ios::binary);
  std::string head(4096, '\0');
  file.read(head.data(), static_cast<std::streamsize>(head.size()));
  EXPECT_THAT(InterpreterOf(head), ::testing::HasSubstr("/ld-linux"));
  // However it is cut off, nothing beyond it is read.
  for (size_t size = 0; size < 1024; ++size) InterpreterOf(absl::string_view(head).substr(0, size));
}

}  // namespace
}  // namespace proctor::jobhost
