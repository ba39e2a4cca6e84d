#include "agent/rpc/handshake_bounds.h"

namespace proctor {
namespace {

// "ipv4:192.0.2.1:51000" without the port.
absl::string_view HostOf(absl::string_view peer) { return peer.substr(0, peer.rfind(':')); }

}  // namespace

absl::Status HandshakeBounds::Enter(absl::string_view peer) {
  MutexLock lock(&mutex_);
  if (streams_ >= options_.max_streams) {
    return absl::ResourceExhaustedError("too many callers are authenticating at this moment");
  }
  size_t& of_host = of_host_[HostOf(peer)];
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
  const auto host = of_host_.find(HostOf(peer));
  if (--host->second == 0) of_host_.erase(host);
}

}  // namespace proctor
