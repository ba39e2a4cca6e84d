#ifndef PROCTOR_AGENT_HEADER_BOUNDS_H_
#define PROCTOR_AGENT_HEADER_BOUNDS_H_

#include "absl/status/status.h"
#include "proctor/config/config.pb.h"

namespace proctor {

// Whether the gRPC that this program links bounds what it keeps of a peer's headers. gRPC 1.51 does
// so only with the project's patch (tools/grpc).
bool HeadersAreBounded();

// INVALID_ARGUMENT that names the field when the configuration opens a TLS listener without such
// bounds and does not say that it may.
absl::Status MayListenToStrangers(const config::AgentConfig& config, bool headers_are_bounded);

}  // namespace proctor

#endif  // PROCTOR_AGENT_HEADER_BOUNDS_H_
