#include "agent/rpc/error_details.h"

#include <gtest/gtest.h>

#include <cerrno>

#include "agent/job/field_error.h"
#include "common/failure_detail.h"
#include "common/os_error.h"
#include "google/rpc/status.pb.h"

namespace proctor {
namespace {

v1::FailureDetail DetailIn(const grpc::Status& status) {
  google::rpc::Status details;
  EXPECT_TRUE(details.ParseFromString(status.error_details()));
  v1::FailureDetail detail;
  EXPECT_EQ(details.details_size(), 1);
  if (details.details_size() == 1) {
    EXPECT_TRUE(details.details(0).UnpackTo(&detail));
  }
  return detail;
}

TEST(ErrorDetailsTest, AnOsErrorReachesTheCallerWithCallAndCode) {
  const grpc::Status status = ToGrpcStatus(OsErrorStatus("openat", EACCES, "/etc/shadow"));
  EXPECT_EQ(status.error_code(), grpc::StatusCode::PERMISSION_DENIED);
  const v1::FailureDetail detail = DetailIn(status);
  EXPECT_EQ(detail.call(), "openat");
  EXPECT_EQ(detail.os_error_code(), EACCES);
  EXPECT_EQ(detail.os_error_name(), "EACCES");
  EXPECT_EQ(detail.subject(), "/etc/shadow");
}

TEST(ErrorDetailsTest, ABadFieldIsNamed) {
  EXPECT_EQ(DetailIn(ToGrpcStatus(FieldError("spec.argv[3]", "holds a NUL"))).field(),
            "spec.argv[3]");
}

TEST(ErrorDetailsTest, DetailsStayBelowWhatATrailerCarries) {
  v1::FailureDetail detail;
  detail.set_subject(std::string(100000, 'x'));
  for (int i = 0; i < 200; ++i) {
    v1::StageReport* stage = detail.add_stages();
    stage->set_stage(v1::CREATE);
    stage->set_call("clone3");
    stage->set_result(std::string(1000, 'y'));
  }
  const grpc::Status status =
      ToGrpcStatus(WithFailureDetail(absl::InternalError(std::string(100000, 'z')), detail));
  EXPECT_LE(status.error_details().size(), 4096u + 700u);
  EXPECT_LE(status.error_message().size(), 600u);
}

TEST(ErrorDetailsTest, ACutTextStaysUtf8) {
  v1::FailureDetail detail;
  std::string text = "a";
  while (text.size() < 2000) text += "é";
  detail.set_subject(text);
  const std::string subject =
      DetailIn(ToGrpcStatus(WithFailureDetail(absl::InternalError("x"), detail))).subject();
  EXPECT_EQ(subject.substr(subject.size() - 3), "…");
  EXPECT_EQ(subject[subject.size() - 4], '\xA9') << "the last character before it is whole";
}

TEST(ErrorDetailsTest, AStatusWithNothingToAddHasNoDetails) {
  EXPECT_TRUE(ToGrpcStatus(absl::NotFoundError("no job 'x'")).error_details().empty());
  EXPECT_TRUE(ToGrpcStatus(absl::OkStatus()).ok());
}

}  // namespace
}  // namespace proctor
