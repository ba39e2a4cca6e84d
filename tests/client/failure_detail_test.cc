#include "common/failure_detail.h"

#include <gtest/gtest.h>

#include "client/status_from_grpc.h"
#include "google/rpc/status.pb.h"

namespace proctor {
namespace {

constexpr int kNotFound = 5;

std::string Details(const google::protobuf::Message& message) {
  google::rpc::Status rich;
  rich.set_code(kNotFound);
  rich.add_details()->PackFrom(message);
  return rich.SerializeAsString();
}

TEST(StatusFromGrpcTest, KeepsCodeMessageAndDetail) {
  v1::FailureDetail detail;
  detail.set_call("execve");
  detail.set_os_error_code(2);
  const absl::Status status = StatusFromGrpc(kNotFound, "no such program", Details(detail));
  EXPECT_EQ(status.code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(status.message(), "no such program");
  ASSERT_TRUE(GetFailureDetail(status).has_value());
  EXPECT_EQ(GetFailureDetail(status)->call(), "execve");
  EXPECT_EQ(GetFailureDetail(status)->os_error_code(), 2);
}

TEST(StatusFromGrpcTest, ARequestThatGrpcDoesNotReadNamesTheBound) {
  constexpr int kResourceExhausted = 8;
  const absl::Status status = StatusFromGrpc(
      kResourceExhausted, "Received message larger than max (90000057 vs. 33554432)", "");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
  ASSERT_TRUE(GetFailureDetail(status).has_value());
  EXPECT_EQ(GetFailureDetail(status)->subject(), "max_request_bytes");
}

// It may be sent again: the client's loop does.
TEST(StatusFromGrpcTest, ARequestForWhichThereIsNoRoomYetIsUnavailableAndNamesTheBound) {
  constexpr int kResourceExhausted = 8;
  const absl::Status status =
      StatusFromGrpc(kResourceExhausted, "Received RST_STREAM with error code 11", "");
  EXPECT_EQ(status.code(), absl::StatusCode::kUnavailable);
  ASSERT_TRUE(GetFailureDetail(status).has_value());
  EXPECT_EQ(GetFailureDetail(status)->subject(), "max_buffered_bytes_per_user");
}

TEST(StatusFromGrpcTest, SkipsDetailsOfOthers) {
  v1::Principal other;
  google::rpc::Status rich;
  rich.add_details()->PackFrom(other);
  v1::FailureDetail detail;
  detail.set_subject("second");
  rich.add_details()->PackFrom(detail);
  const absl::Status status = StatusFromGrpc(kNotFound, "m", rich.SerializeAsString());
  ASSERT_TRUE(GetFailureDetail(status).has_value());
  EXPECT_EQ(GetFailureDetail(status)->subject(), "second");
}

TEST(StatusFromGrpcTest, NoDetailWhenThereIsNoneOrItIsBroken) {
  EXPECT_FALSE(GetFailureDetail(StatusFromGrpc(kNotFound, "m", "")).has_value());
  EXPECT_FALSE(GetFailureDetail(StatusFromGrpc(kNotFound, "m", "\xff\xff garbage")).has_value());
  EXPECT_FALSE(
      GetFailureDetail(StatusFromGrpc(kNotFound, "m", Details(v1::Principal()))).has_value());
  EXPECT_FALSE(GetFailureDetail(absl::OkStatus()).has_value());
}

TEST(StatusFromGrpcTest, AConnectionThatWasResetIsUnavailable) {
  constexpr int kUnknown = 2;
  EXPECT_TRUE(absl::IsUnavailable(StatusFromGrpc(kUnknown, "Stream removed", "")));
  EXPECT_TRUE(absl::IsUnknown(StatusFromGrpc(kUnknown, "something else", "")));
}

TEST(StatusFromGrpcTest, OkStaysOk) { EXPECT_TRUE(StatusFromGrpc(0, "", "").ok()); }

}  // namespace
}  // namespace proctor
