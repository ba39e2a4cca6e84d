#include "agent/jobhost/win32/environment_block.h"

#include <gtest/gtest.h>

namespace proctor::jobhost {
namespace {

using Entries = google::protobuf::RepeatedPtrField<std::string>;

Entries Make(std::initializer_list<const char*> entries) {
  Entries result;
  for (const char* entry : entries) *result.Add() = entry;
  return result;
}

TEST(EnvironmentBlock, IsSortedWithoutRegardToCase) {
  const std::wstring expected(L"Alpha=1\0beta=2\0GAMMA=3\0\0", 24);
  EXPECT_EQ(BuildEnvironmentBlock(Make({"GAMMA=3", "beta=2", "Alpha=1"})).value(), expected);
}

TEST(EnvironmentBlock, OfEqualNamesTheLastCounts) {
  const std::wstring expected(L"PATH=b\0\0", 8);
  EXPECT_EQ(BuildEnvironmentBlock(Make({"Path=a", "PATH=b"})).value(), expected);
}

TEST(EnvironmentBlock, AnEmptyOneStillEnds) {
  EXPECT_EQ(BuildEnvironmentBlock({}).value(), std::wstring(2, L'\0'));
}

TEST(EnvironmentBlock, AHiddenEntryBeginsWithItsSign) {
  const std::wstring expected(L"=C:=C:\\x\0\0", 10);
  EXPECT_EQ(BuildEnvironmentBlock(Make({"=C:=C:\\x"})).value(), expected);
}

TEST(EnvironmentBlock, WhatHasNoNameIsRefusedWithoutBeingSaid) {
  for (const char* entry : {"secret", "", "="}) {
    const absl::Status status = BuildEnvironmentBlock(Make({entry})).status();
    EXPECT_TRUE(absl::IsInvalidArgument(status)) << status;
    EXPECT_EQ(status.message().find("secret"), std::string::npos);
  }
  Entries with_nul;
  *with_nul.Add() = std::string("A=b\0c", 5);
  EXPECT_TRUE(absl::IsInvalidArgument(BuildEnvironmentBlock(with_nul).status()));
}

}  // namespace
}  // namespace proctor::jobhost
