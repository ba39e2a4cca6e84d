#include <gtest/gtest.h>

#include "agent/job/field_error.h"
#include "agent/job/launch_spec.h"

namespace proctor {
namespace {

v1::LaunchSpec Spec(const std::string& program) {
  v1::LaunchSpec spec;
  spec.add_argv(program);
  return spec;
}

std::string RefusedField(const v1::LaunchSpec& spec) {
  return GetErrorField(ValidateLaunchSpec(spec, SpecLimits())).value_or("");
}

// Of the directory that the agent is in on the drive, which no caller knows.
TEST(DriveRelativePathTest, IsRefusedWithTheFieldsName) {
  EXPECT_EQ(RefusedField(Spec("C:tool.exe")), "spec.argv[0]");
  v1::LaunchSpec spec = Spec("tool");
  spec.set_executable("C:..\\tool.exe");
  EXPECT_EQ(RefusedField(spec), "spec.executable");
  spec = Spec("tool");
  spec.mutable_standard_error()->mutable_file()->set_path("C:out.txt");
  EXPECT_EQ(RefusedField(spec), "spec.standard_error.file.path");
  spec = Spec("tool");
  spec.set_working_directory("C:");
  EXPECT_EQ(RefusedField(spec), "spec.working_directory");
}

TEST(DriveRelativePathTest, OtherPathsAreTaken) {
  for (const char* path : {"tool", "tools\\tool.exe", "\\tools\\tool.exe", "C:\\tool.exe",
                           "\\\\server\\share\\tool.exe", "\\\\?\\C:\\tool.exe"}) {
    EXPECT_EQ(RefusedField(Spec(path)), "") << path;
  }
}

}  // namespace
}  // namespace proctor
