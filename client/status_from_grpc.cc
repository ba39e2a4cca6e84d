#include "client/status_from_grpc.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "client/failure_detail.h"
#include "common/bound_exceeded.h"
#include "common/failure_detail.h"
#include "google/rpc/status.pb.h"

namespace proctor {
namespace {

constexpr char kRoom[] = "max_buffered_bytes_per_user";

}  // namespace

absl::Status StatusFromGrpc(int code, absl::string_view message, const std::string& details) {
  absl::Status status(static_cast<absl::StatusCode>(code), message);
  // What gRPC makes of a connection that was reset, where the system says no more (Windows).
  if (absl::IsUnknown(status) && message == "Stream removed") {
    return absl::UnavailableError("the connection was reset");
  }
  // What is beyond what gRPC buffers for a user never reaches the agent. An answer is not meant:
  // the client takes any length.
  if (absl::IsResourceExhausted(status) && details.empty() &&
      absl::StartsWith(message, "Received message larger than max")) {
    return BoundExceeded("max_request_bytes", message, "send less: proctor info tells the bound");
  }
  if (EndedForRoom(code, message, details)) {
    // There is room again when the requests that fill it are complete.
    v1::FailureDetail detail;
    detail.set_subject(kRoom);
    detail.set_advice(
        "try again, with few large requests at a time; over TLS the room is that of all users "
        "together (proctor info tells the bound)");
    return WithFailureDetail(absl::UnavailableError(absl::StrCat(
                                 kRoom, ": the agent had no room for the whole request")),
                             detail);
  }
  google::rpc::Status rich;
  if (status.ok() || details.empty() || !rich.ParseFromString(details)) return status;
  for (const google::protobuf::Any& any : rich.details()) {
    v1::FailureDetail detail;
    if (any.UnpackTo(&detail)) {
      SetFailureDetail(detail, &status);
      break;
    }
  }
  return status;
}

bool EndedForRoom(int code, absl::string_view message, const std::string& details) {
  // ENHANCE_YOUR_CALM: gRPC at the agent ends requests that are not complete, the largest first,
  // when it keeps too much of them: of one user, or over TLS of all together.
  return static_cast<absl::StatusCode>(code) == absl::StatusCode::kResourceExhausted &&
         details.empty() && absl::StartsWith(message, "Received RST_STREAM with error code 11");
}

}  // namespace proctor
