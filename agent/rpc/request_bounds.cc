#include "agent/rpc/request_bounds.h"

#include <grpc/compression.h>

#include <algorithm>
#include <limits>

namespace proctor {

void BoundRequests(uint64_t max_buffered_bytes, grpc::ServerBuilder* builder) {
  // Longer requests than the agent takes get as far as their call, which names the bound.
  builder->SetMaxReceiveMessageSize(
      static_cast<int>(std::min<uint64_t>(max_buffered_bytes, std::numeric_limits<int>::max())));
  for (const grpc_compression_algorithm algorithm : {GRPC_COMPRESS_DEFLATE, GRPC_COMPRESS_GZIP}) {
    builder->SetCompressionAlgorithmSupportStatus(algorithm, false);
  }
}

}  // namespace proctor
