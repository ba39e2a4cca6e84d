#ifndef PROCTOR_CLIENT_STATUS_FROM_GRPC_H_
#define PROCTOR_CLIENT_STATUS_FROM_GRPC_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"

namespace proctor {

// The one place where a call's gRPC status becomes an absl::Status. `code` is the gRPC code, whose
// numbers are those of absl::StatusCode; `details` the content of "grpc-status-details-bin", of
// which the FailureDetail is kept. Details that do not parse are left out.
absl::Status StatusFromGrpc(int code, absl::string_view message, const std::string& details);

// Whether gRPC at the agent ended the call for want of room (max_buffered_bytes_per_user). Whether
// the agent had seen the call is not known.
bool EndedForRoom(int code, absl::string_view message, const std::string& details);

}  // namespace proctor

#endif  // PROCTOR_CLIENT_STATUS_FROM_GRPC_H_
