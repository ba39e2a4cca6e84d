#include "agent/job/field_error.h"

#include <gtest/gtest.h>

namespace proctor {
namespace {

TEST(FieldErrorTest, NamesTheFieldInTheMessageAndBesideIt) {
  const absl::Status status = FieldError("spec.argv[3]", "contains a NUL byte");
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_EQ(status.message(), "spec.argv[3]: contains a NUL byte");
  EXPECT_EQ(GetErrorField(status), "spec.argv[3]");
}

TEST(FieldErrorTest, OtherStatusesHaveNoField) {
  EXPECT_EQ(GetErrorField(absl::OkStatus()), absl::nullopt);
  EXPECT_EQ(GetErrorField(absl::InvalidArgumentError("spec.argv: is empty")), absl::nullopt);
}

}  // namespace
}  // namespace proctor
