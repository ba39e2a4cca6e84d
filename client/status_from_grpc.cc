#include "client/status_from_grpc.h"

#include "client/failure_detail.h"
#include "google/rpc/status.pb.h"

namespace proctor {

absl::Status StatusFromGrpc(int code, absl::string_view message, const std::string& details) {
  absl::Status status(static_cast<absl::StatusCode>(code), message);
  // What gRPC makes of a connection that was reset, where the system says no more (Windows).
  if (absl::IsUnknown(status) && message == "Stream removed") {
    return absl::UnavailableError("the connection was reset");
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

}  // namespace proctor
