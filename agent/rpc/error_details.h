#ifndef PROCTOR_AGENT_RPC_ERROR_DETAILS_H_
#define PROCTOR_AGENT_RPC_ERROR_DETAILS_H_

#include <grpcpp/support/status.h>

#include "absl/status/status.h"

namespace proctor {

// The edge: where an absl::Status, with whatever it carries (FailureDetail, OsError, field),
// becomes the one gRPC status the caller sees, with a google.rpc.Status holding one
// v1::FailureDetail in its details. At most 4 KiB of details: a trailer beyond 8,000 bytes is lost
// to the client.
grpc::Status ToGrpcStatus(const absl::Status& status);

// What a waiting call ends with when the agent stops: nothing happened to its job.
grpc::Status AgentStopping();

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_ERROR_DETAILS_H_
