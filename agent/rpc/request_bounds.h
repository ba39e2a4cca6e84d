#ifndef PROCTOR_AGENT_RPC_REQUEST_BOUNDS_H_
#define PROCTOR_AGENT_RPC_REQUEST_BOUNDS_H_

#include <grpcpp/server_builder.h>

#include <cstdint>

namespace proctor {

// Requests take no more memory than is counted: none is longer than `max_buffered_bytes`, and none
// is compressed (UNIMPLEMENTED). 8 kB become 8 MB when they are expanded, which gRPC does not
// count; clients compress only where they were told to.
void BoundRequests(uint64_t max_buffered_bytes, grpc::ServerBuilder* builder);

}  // namespace proctor

#endif  // PROCTOR_AGENT_RPC_REQUEST_BOUNDS_H_
