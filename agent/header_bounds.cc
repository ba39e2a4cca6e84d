#include "agent/header_bounds.h"

#include "agent/token/config_error.h"

namespace proctor {

bool HeadersAreBounded() { return PROCTOR_GRPC_BOUNDED != 0; }

absl::Status MayListenToStrangers(const config::AgentConfig& config, bool headers_are_bounded) {
  if (headers_are_bounded || config.tls_listen().empty() || config.allow_unbounded_headers()) {
    return absl::OkStatus();
  }
  return ConfigError(
      "tls_listen",
      "this proctord was built with a gRPC that keeps headers of any size of whoever connects: a "
      "stranger could take all memory. Build it where tools/grpc/objects succeeds, or set "
      "allow_unbounded_headers: true where only trusted machines reach the address");
}

}  // namespace proctor
