// Arguments, variables and paths that are not UTF-8, which only POSIX has.

#include <gtest/gtest.h>

#include "agent/job/launch_spec.h"

namespace proctor {
namespace {

TEST(ByteStringsTest, TheyTakeThePlaceOfTheFieldsOfTheirNames) {
  v1::LaunchSpec spec;
  v1::ByteStrings& bytes = *spec.mutable_byte_strings();
  bytes.add_argv("/bin/\xff");
  bytes.set_working_directory("/\xff");
  bytes.add_environment("\xff=\xfe");
  spec.mutable_standard_output()->mutable_file();
  bytes.set_standard_output_path("\xff");
  EXPECT_EQ(ValidateLaunchSpec(spec, SpecLimits()), absl::OkStatus());
  bytes.set_executable("/bin/\xfe");
  EXPECT_EQ(ValidateLaunchSpec(spec, SpecLimits()), absl::OkStatus());
}

}  // namespace
}  // namespace proctor
