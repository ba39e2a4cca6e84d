#include "agent/rpc/handshake_bounds.h"

#include "agent/caller/peer_address.h"

namespace proctor {

absl::Status HandshakeBounds::Enter(absl::string_view peer) {
  MutexLock lock(&mutex_);
  if (streams_ >= options_.max_streams) {
    return absl::ResourceExhaustedError("too many callers are authenticating at this moment");
  }
  size_t& of_host = of_host_[PeerNetwork(peer)];
  if (of_host >= options_.max_streams_per_host) {
    return absl::ResourceExhaustedError(
        "too many callers of one address are authenticating at this moment");
  }
  ++of_host;
  ++streams_;
  return absl::OkStatus();
}

void HandshakeBounds::Leave(absl::string_view peer) {
  MutexLock lock(&mutex_);
  --streams_;
  const auto host = of_host_.find(PeerNetwork(peer));
  if (--host->second == 0) of_host_.erase(host);
}

}  // namespace proctor
